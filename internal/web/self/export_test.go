package self

import "github.com/countersign-auth/countersign/internal/web/ui"

// Row is a row of the table of routes.
type Row = route

// Table is the site map.
func Table() []Row { return (&self{}).routes() }

// Kit builds the pages and returns their kit.
func Kit(c Config) (*ui.Kit, error) {
	s, err := build(c)
	if err != nil {
		return nil, err
	}
	return s.kit, nil
}
