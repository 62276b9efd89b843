package console

import (
	"context"
	"sync"
	"time"

	"github.com/countersign-auth/countersign/internal/token"
)

// figuresLife is how long counts of the stock are shown before they are taken
// again: counting a million tokens takes longer than a page should.
const figuresLife = 20 * time.Second

// figures keeps the last counts of the stock.
type figures struct {
	mu    sync.Mutex
	shelf token.Shelf
}

// shelf returns the stock in figures, at most figuresLife old. One request counts
// while others wait for it, so that a crowd counts once.
func (c *console) shelf(ctx context.Context) (token.Shelf, error) {
	c.figure.mu.Lock()
	defer c.figure.mu.Unlock()
	if age := c.Now().Sub(c.figure.shelf.At); age >= 0 && age < figuresLife && !c.figure.shelf.At.IsZero() {
		return c.figure.shelf, nil
	}
	s, err := c.Tokens.Shelf(ctx)
	if err == nil {
		c.figure.shelf = s
	}
	return s, err
}

// recount forgets the figures, after an import.
func (c *console) recount() {
	c.figure.mu.Lock()
	defer c.figure.mu.Unlock()
	c.figure.shelf = token.Shelf{}
}
