package apptest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"sync/atomic"
	"testing"
)

// Ports below those that a kernel gives to outgoing connections: one that is free now
// would else be taken by any connection of any test before a node listens on it.
const firstPort, ports = 10_000, 20_000

var nextPort atomic.Uint32 //nolint:gochecknoglobals // one for all tests of a process: no two get the same

// FreeAddress returns an address on loopback that nobody listens on. No two calls of
// a process get the same one.
func FreeAddress(t testing.TB) string {
	t.Helper()
	nextPort.CompareAndSwap(0, 1+rand.Uint32N(ports))
	for range ports {
		address := fmt.Sprintf("127.0.0.1:%d", firstPort+nextPort.Add(1)%ports)
		if l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", address); err == nil {
			_ = l.Close()
			return address
		}
	}
	t.Fatal("no port on loopback is free")
	return ""
}
