package console

import (
	_ "embed"
	"fmt"
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
	var b strings.Builder
	for i, point := range strings.Fields(line) {
		lon, lat, ok := strings.Cut(point, ",")
		x, errX := strconv.Atoi(lon)
		y, errY := strconv.Atoi(lat)
		if !ok || errX != nil || errY != nil || x < -1800 || x > 1800 || y < -900 || y > 900 {
			return c, fmt.Errorf("%q is no place on Earth", point)
		}
		y = -y
		c.west, c.east, c.top, c.below = min(c.west, x), max(c.east, x), min(c.top, y), max(c.below, y)
		b.WriteByte("ML"[min(i, 1)])
		b.WriteString(strconv.Itoa(x) + " " + strconv.Itoa(y))
	}
	c.path = b.String() + "Z"
	return c, nil
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
