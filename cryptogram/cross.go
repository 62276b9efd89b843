package cryptogram

import (
	"fmt"
	"io"
	"slices"
)

// Crossed says where the parts of a credential are, one for each of 2 to 8 devices: part i opens with the data of device Under[i]
// and lies on device On[i], which is another one. The primary keeps it.
type Crossed struct {
	Under []int
	On    []int
}

// Cross places the parts of a credential at random over as many devices.
func Cross(devices int, random io.Reader) (Crossed, error) {
	if devices < 2 || devices > maxDevices {
		return Crossed{}, fmt.Errorf("cryptogram: parts are crossed over 2 to %d devices, not %d", maxDevices, devices)
	}
	under, err := shuffled(devices, 1, random)
	if err != nil {
		return Crossed{}, err
	}
	next, err := shuffled(devices, 0, random)
	if err != nil {
		return Crossed{}, err
	}
	c := Crossed{Under: under, On: make([]int, devices)}
	for i, d := range under {
		c.On[i] = next[d]
	}
	return c, nil
}

// shuffled is a random order. With itself 1 every order is as likely (Fisher and Yates); with 0 every one that is a single round, in
// which nothing keeps its place (Sattolo).
func shuffled(n, itself int, random io.Reader) ([]int, error) {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	for i := n - 1; i > 0; i-- {
		j, err := below(i+itself, random)
		if err != nil {
			return nil, err
		}
		out[i], out[j] = out[j], out[i]
	}
	return out, nil
}

// below is a random number under n, which is at most 256.
func below(n int, random io.Reader) (int, error) {
	var b [1]byte
	for {
		if _, err := io.ReadFull(random, b[:]); err != nil {
			return 0, fmt.Errorf("cryptogram: a place at random: %w", err)
		}
		if x := int(b[0]); x < 256-256%n {
			return x % n, nil
		}
	}
}

// Check tells what is wrong with a map over so many devices: each has one part and opens one, and never the one that it has.
func (c Crossed) Check(devices int) error {
	for _, all := range [][]int{c.Under, c.On} {
		sorted := slices.Sorted(slices.Values(all))
		for i := range max(devices, len(sorted)) {
			if i >= len(sorted) || i >= devices || sorted[i] != i {
				return fmt.Errorf("cryptogram: a map of parts that does not have each of %d devices once", devices)
			}
		}
	}
	for i := range c.Under {
		if c.Under[i] == c.On[i] {
			return fmt.Errorf("cryptogram: part %d would lie on the device that opens it", i)
		}
	}
	return nil
}

// Parts cuts a credential into n parts of nearly one length, none of them empty.
func Parts(credential []byte, n int) ([][]byte, error) {
	if n < 2 || n > len(credential) {
		return nil, fmt.Errorf("cryptogram: %d octets are not cut into %d parts", len(credential), n)
	}
	out := make([][]byte, n)
	for i := range out {
		out[i] = credential[i*len(credential)/n : (i+1)*len(credential)/n : (i+1)*len(credential)/n]
	}
	return out, nil
}
