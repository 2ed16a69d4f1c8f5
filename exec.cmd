@rem The npm scripts begin with `exec`: in a POSIX shell the program then takes the place of the shell, and signals reach it.
@rem Windows has no such word, and finds this file instead.
@%*
