package console_test

import (
	"testing"

	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/console"
	"github.com/countersign-auth/countersign/internal/web/webtest"
)

func TestTexts(t *testing.T) {
	t.Parallel()
	kit, err := console.Kit(newWorld(t).cfg)
	if err != nil {
		t.Fatal(err)
	}
	webtest.CheckTexts(t, ".", "console.", kit.Catalog())
	for _, r := range staff.Roles() {
		if key := "console.role." + string(r); !kit.Catalog().Has(key) {
			t.Errorf("there is no text %s", key)
		}
		for _, p := range staff.Permissions(r) {
			if key := "console.permission." + string(p); !kit.Catalog().Has(key) {
				t.Errorf("there is no text %s", key)
			}
		}
	}
}
