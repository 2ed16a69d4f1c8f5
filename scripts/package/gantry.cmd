@set "GANTRY_LAUNCHER=%~f0"
@"%~dp0..\runtime\node.exe" "%~dp0..\app.asar.unpacked\out\main\cli.js" %*
