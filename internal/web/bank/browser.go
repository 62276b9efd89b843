package bank

import "github.com/countersign-auth/countersign/internal/web/ui"

// browser names the browser of a User-Agent header in the words of the kit.
func browser(agent string) string { return ui.Browser(agent) }
