package place

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"net/netip"
	"slices"
	"strconv"
)

// Build makes a database file in the MaxMind DB format (version 2.0) that says
// where the networks are. A network inside another one must come after it. It
// fails for an invalid network and for a number of a system that is none.
func Build(networks []netip.Prefix, places []Place) ([]byte, error) {
	if len(networks) != len(places) {
		return nil, fmt.Errorf("place: %d networks and %d places", len(networks), len(places))
	}
	b := &builder{nodes: [][2]int{{empty, empty}}}
	var data []byte
	for i, n := range networks {
		tree, err := places[i].tree()
		if err != nil || !n.IsValid() {
			return nil, fmt.Errorf("place: network %d is not valid: %w", i+1, err)
		}
		b.insert(n, -2-len(data))
		data = encode(data, tree)
	}
	var file []byte
	for _, n := range b.nodes {
		for _, r := range n {
			v := len(b.nodes) // nothing here
			if r >= 0 {
				v = r
			} else if r != empty {
				v = len(b.nodes) + 16 + (-2 - r)
			}
			file = binary.BigEndian.AppendUint32(file, uint32(v)) //nolint:gosec // small: a node or a place in a small file
		}
	}
	file = append(append(file, make([]byte, 16)...), data...)
	return encode(append(file, "\xab\xcd\xefMaxMind.com"...), map[string]any{
		"binary_format_major_version": uint(2), "binary_format_minor_version": uint(0), "build_epoch": uint(0), "database_type": "Countersign-Places",
		"description": map[string]any{"en": "Networks of a table"}, "ip_version": uint(6), "node_count": uint(len(b.nodes)), "record_size": uint(32),
		"languages": []any{"en"},
	}), nil
}

// empty is a branch that leads nowhere; branches below it lead to data.
const empty = -1

type builder struct{ nodes [][2]int }

// insert lets a network lead to data; networks of IPv4 stand below ::/96.
func (b *builder) insert(n netip.Prefix, data int) {
	bits, addr := n.Bits(), n.Addr().As16()
	if n.Addr().Is4() {
		v4 := n.Addr().As4()
		addr, bits = [16]byte{}, bits+96
		copy(addr[12:], v4[:])
	}
	at := 0
	for i := range bits {
		side := addr[i/8] >> (7 - i%8) & 1
		if i == bits-1 {
			b.nodes[at][side] = data
			return
		}
		next := b.nodes[at][side]
		if next < 0 { // what leads to data goes on doing so on both sides
			b.nodes = append(b.nodes, [2]int{next, next})
			next = len(b.nodes) - 1
			b.nodes[at][side] = next
		}
		at = next
	}
}

// tree is a place under the usual names.
func (p Place) tree() (map[string]any, error) {
	t := map[string]any{"country": map[string]any{"iso_code": p.Country}, "city": map[string]any{"names": map[string]any{"en": p.City}}}
	if p.Located {
		t["location"] = map[string]any{"latitude": p.Latitude, "longitude": p.Longitude}
	}
	if p.Network != "" {
		n, err := strconv.ParseUint(p.Network, 10, 32)
		if err != nil {
			return nil, err
		}
		t["autonomous_system_number"], t["autonomous_system_organization"] = uint(n), p.Provider
	}
	return t, nil
}

// encode appends a value in the data section's format.
func encode(to []byte, v any) []byte {
	switch v := v.(type) {
	case string:
		return append(control(to, 2, len(v)), v...)
	case float64:
		return binary.BigEndian.AppendUint64(control(to, 3, 8), math.Float64bits(v))
	case uint:
		return binary.BigEndian.AppendUint32(control(to, 6, 4), uint32(v)) //nolint:gosec // versions, counts and numbers of systems have 32 bits
	case map[string]any:
		to = control(to, 7, len(v))
		for _, k := range slices.Sorted(maps.Keys(v)) {
			to = encode(encode(to, k), v[k])
		}
		return to
	case []any:
		to = append(to, byte(len(v)), 11-7) //nolint:gosec // lists here are short
		for _, x := range v {
			to = encode(to, x)
		}
		return to
	}
	panic(fmt.Sprintf("place: a value of type %T cannot be written", v))
}

// control appends the type and size of a value.
func control(to []byte, kind byte, size int) []byte {
	switch {
	case size < 29:
		return append(to, kind<<5|byte(size)) //nolint:gosec // below 29
	case size < 29+256:
		return append(to, kind<<5|29, byte(size-29))
	default:
		size = min(size, 29+256+65535) - 29 - 256
		return append(to, kind<<5|30, byte(size>>8), byte(size)) //nolint:gosec // two bytes
	}
}
