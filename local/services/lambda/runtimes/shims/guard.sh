# Runs a program that cannot detect that the runner has exited: kills its own process group when standard input closes.
exec 9<&0
"$@" </dev/null 9<&- &
program=$!
{ cat; kill -KILL -$$; } <&9 9<&- >/dev/null 2>&1 &
wait $program
