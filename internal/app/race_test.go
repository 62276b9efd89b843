//go:build race

package app_test

// underRace says that the race detector watches, which makes every command take a second to start.
const underRace = true
