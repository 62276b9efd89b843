package movein

import (
	"context"
	"maps"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/token"
)

// seen is what a dry run remembers of the rows before, about 20 bytes for each; nil in
// an import, which finds them in the database.
type seen struct {
	rows, batch memory // batch is remembered once the batch was looked at
}

// memory is by number or token, hashed to 64 bits.
type memory struct {
	customers map[uint64]bool   // true: with a password
	owners    map[uint64]uint64 // numbers by token
}

func newMemory() memory {
	return memory{customers: map[uint64]bool{}, owners: map[uint64]uint64{}}
}

func hashed(parts ...string) (n uint64) {
	id := ident.Derive(parts...)
	for _, b := range id[:8] {
		n = n<<8 | uint64(b)
	}
	return n
}

func (s *seen) customer(number string) bool {
	if s == nil {
		return false
	}
	_, before := s.rows.customers[hashed(number)]
	_, now := s.batch.customers[hashed(number)]
	return before || now
}

func (s *seen) password(number string) bool {
	return s != nil && (s.rows.customers[hashed(number)] || s.batch.customers[hashed(number)])
}

// owner reports whether a token was given to somebody earlier in the file, and
// whether to the customer with the number.
func (s *seen) owner(number string, l token.Legacy, o token.Takeover) (theirs, assigned bool) {
	if s == nil {
		return false, false
	}
	key := tokenKey(l, o)
	at, assigned := s.batch.owners[key]
	if !assigned {
		at, assigned = s.rows.owners[key]
	}
	return assigned && at == hashed(number), assigned
}

func tokenKey(l token.Legacy, o token.Takeover) uint64 {
	if !o.Device.ID.IsZero() {
		return hashed("device", o.Device.ID.String())
	}
	return hashed("serial", device.Serial(l.Serial), l.Manufacturer)
}

// note remembers an entry that would be taken.
func (s *seen) note(e *entry, v *verdict) {
	if s == nil {
		return
	}
	number := hashed(e.want.Number)
	s.batch.customers[number] = s.password(e.want.Number) || !e.hash.IsZero()
	for i, l := range e.tokens {
		s.batch.owners[tokenKey(l, v.tokens[i])] = number
	}
}

// Look implements intake.Work: a dry run.
func (x *work) Look(ctx context.Context) error {
	x.seen = &seen{rows: newMemory()}
	return x.Read(ctx, func(batch []*entry) error {
		look := func(tx *db.Tx) error {
			x.seen.batch = newMemory() // it may run again
			for _, e := range batch {
				if _, err := x.judge(tx, e); err != nil {
					return err
				}
			}
			return nil
		}
		var err error
		if x.mover == nil {
			err = look(nil)
		} else {
			err = x.mover.DB.Read(ctx, look)
		}
		if err != nil {
			return err
		}
		maps.Copy(x.seen.rows.customers, x.seen.batch.customers)
		maps.Copy(x.seen.rows.owners, x.seen.batch.owners)
		return x.Report(batch)
	})
}
