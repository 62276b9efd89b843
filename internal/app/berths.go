package app

import (
	"errors"
	"fmt"
	"net"
	"strconv"

	"github.com/countersign-auth/countersign/internal/fault"
)

// berths are listeners that were opened before anybody serves on them, by address: a port
// that is only known to be free may be taken by any connection of any program meanwhile.
type berths map[string]net.Listener

// berth opens a listener for each name on the ports from first on, or on free ones when it
// is 0, and returns their addresses by name. A port that is taken is told at once.
func berth(host string, first int, names []string) (b berths, addresses map[string]string, err error) {
	b, addresses = berths{}, map[string]string{}
	for i, name := range names {
		port := first + i
		if first == 0 {
			port = 0
		}
		l, err := listenAt(net.JoinHostPort(host, strconv.Itoa(port)), name)
		if err != nil {
			return nil, nil, errors.Join(err, b.close())
		}
		at := l.Addr().(*net.TCPAddr) //nolint:forcetypeassert // a TCP listener
		addresses[name] = net.JoinHostPort(host, strconv.Itoa(at.Port))
		b[addresses[name]] = l
	}
	return b, addresses, nil
}

// listen hands the listener of an address over, once, or opens one.
func (b berths) listen(address, name string) (net.Listener, error) {
	if l, there := b[address]; there {
		delete(b, address)
		return l, nil
	}
	return listenAt(address, name)
}

// close gives up what nobody has taken.
func (b berths) close() (err error) {
	for address, l := range b {
		delete(b, address)
		err = errors.Join(err, l.Close())
	}
	if err != nil {
		return fmt.Errorf("listeners nobody serves on: %w", err)
	}
	return nil
}

func listenAt(address, name string) (net.Listener, error) {
	l, err := net.Listen("tcp", address) //nolint:noctx // whoever serves on it closes it
	if err != nil {
		return nil, fault.Unavailablef(err, "app.listen", "The address %s of the %s cannot be listened on. Is another program using it?", address, name)
	}
	return l, nil
}
