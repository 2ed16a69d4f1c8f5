@set "GANTRY_LAUNCHER=%~f0"
@"%~dp0..\runtime\node.exe" "%~dp0..\cli\out\main\cli.js" %*
