package app

import "runtime"

// waitingPasswords is how many customers may wait in line for the check of their
// passwords; who comes later is told to come back.
const waitingPasswords = 256

// passwordsAtOnce is how many password hashes are computed at once: as many as there
// are processors, within bounds, because each takes tens of megabytes, and an imported one
// up to 256.
func passwordsAtOnce() int { return min(max(runtime.GOMAXPROCS(0), 2), 8) }
