package pattern

import (
	"errors"
	"fmt"
)

// Bounds of options.
const (
	MinHalfLife = 7 // days
	MaxHalfLife = 90
	MinLevel    = 8  // of S2 cells
	MaxLevel    = 14 // about 570 m
)

// Options say how a pattern learns.
type Options struct {
	HalfLife int // days until a count weighs half, 7–90; 28 is usual
	Level    int // of S2 cells that places are counted in, 8–14
}

// Usual returns the options that the product starts with.
func Usual() Options { return Options{HalfLife: 28, Level: 14} }

// Check refuses options that are out of their bounds.
func (o Options) Check() error {
	switch {
	case o.HalfLife < MinHalfLife || o.HalfLife > MaxHalfLife:
		return fmt.Errorf("a half-life of %d days: want %d to %d", o.HalfLife, MinHalfLife, MaxHalfLife)
	case o.Level < MinLevel || o.Level > MaxLevel:
		return fmt.Errorf("cells of level %d: want %d to %d", o.Level, MinLevel, MaxLevel)
	}
	return nil
}

// errDamaged says that stored bytes are no pattern.
var errDamaged = errors.New("pattern: stored bytes are damaged")
