package console

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// landText has the coasts of the Earth. They ship with the program: a map asks nobody.
//
//go:embed map/land.txt
var landText string

// coast is a closed line, with the box that it lies in. Units are tenths of a degree, and
// y counts downward, as drawings do.
type coast struct {
	path                   string // of SVG
	west, east, top, below int
}

// readLand reads coasts, one a line: "longitude,latitude longitude,latitude …".
func readLand(text string) (all []coast, err error) {
	for n, line := range strings.Split(strings.TrimSpace(text), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		c, err := readCoast(line)
		if err != nil {
			return nil, fmt.Errorf("coasts, line %d: %w", n+1, err)
		}
		all = append(all, c)
	}
	return all, nil
}

func readCoast(line string) (c coast, err error) {
	c = coast{west: 1800, east: -1800, top: 900, below: -900}
	var ring [][2]int
	for point := range strings.FieldsSeq(line) {
		lon, lat, ok := strings.Cut(point, ",")
		x, errX := strconv.Atoi(lon)
		y, errY := strconv.Atoi(lat)
		if !ok || errX != nil || errY != nil || x < -1800 || x > 1800 || y < -900 || y > 900 {
			return c, fmt.Errorf("%q is no place on Earth", point)
		}
		y = -y
		c.west, c.east, c.top, c.below = min(c.west, x), max(c.east, x), min(c.top, y), max(c.below, y)
		ring = append(ring, [2]int{x, y})
	}
	c.path = drawRing(ring)
	return c, nil
}

// drawRing is the path of a closed line. Where it crosses the antimeridian it goes on at the
// other edge of the map, as a shape of its own, and not by a line through the whole world.
// A line that crosses it once goes around the south pole, and is closed along the edge there.
func drawRing(ring [][2]int) string {
	var jumps []int // points after which it goes on at the other edge
	for i := range ring {
		if d := ring[(i+1)%len(ring)][0] - ring[i][0]; d > 1800 || d < -1800 {
			jumps = append(jumps, i)
		}
	}
	start := 0
	if len(jumps) > 0 {
		start = jumps[0] + 1
	}
	if len(jumps) == 1 {
		last, first := ring[jumps[0]][0], ring[start%len(ring)][0]
		ring = slices.Insert(slices.Clone(ring), start, [2]int{edge(last), 900}, [2]int{edge(first), 900})
		start, jumps = start+1, nil
	}
	var b strings.Builder
	act := "M"
	for i := range ring {
		at := (start + i) % len(ring)
		b.WriteString(act + strconv.Itoa(ring[at][0]) + " " + strconv.Itoa(ring[at][1]))
		act = "L"
		if slices.Contains(jumps, at) && i < len(ring)-1 {
			act = "ZM"
		}
	}
	return b.String() + "Z"
}

// edge is the edge of the map that a longitude is next to.
func edge(x int) int {
	if x < 0 {
		return -1800
	}
	return 1800
}

// landIn is the path of all coasts that reach into a part of the world, in the units of
// coasts.
func landIn(all []coast, west, top, wide, deep float64) string {
	var b strings.Builder
	for _, c := range all {
		if float64(c.east) >= west && float64(c.west) <= west+wide && float64(c.below) >= top && float64(c.top) <= top+deep {
			b.WriteString(c.path)
		}
	}
	return b.String()
}
