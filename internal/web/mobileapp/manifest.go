package mobileapp

// description is a web application manifest (W3C), as far as it is used.
type description struct {
	ID              string `json:"id"`
	Name            string `json:"name"`
	ShortName       string `json:"short_name"`
	Description     string `json:"description"`
	StartURL        string `json:"start_url"`
	Scope           string `json:"scope"`
	Display         string `json:"display"`
	Orientation     string `json:"orientation"`
	BackgroundColor string `json:"background_color"`
	ThemeColor      string `json:"theme_color"`
	Icons           []icon `json:"icons"`
}

type icon struct {
	Source  string `json:"src"`
	Sizes   string `json:"sizes"`
	Kind    string `json:"type"`
	Purpose string `json:"purpose"`
}

// manifestOf describes an application. Its id is its directory, so that another address of
// the start page later is still the same app.
func manifestOf(app Application) description {
	full := app.Name
	if app.Bank != "" && app.Bank != app.Name {
		full = app.Bank + " – " + app.Name
	}
	return description{
		ID: "/app/" + app.Code + "/", Name: full, ShortName: app.Name, Description: full,
		StartURL: "./", Scope: "./", Display: "standalone", Orientation: "portrait",
		BackgroundColor: "#f3f6f7", ThemeColor: "#f3f6f7",
		Icons: []icon{
			{"icon-192.png", "192x192", "image/png", "any"},
			{"icon-512.png", "512x512", "image/png", "any"},
			{"icon-maskable-512.png", "512x512", "image/png", "maskable"},
			{"icon.svg", "any", "image/svg+xml", "any"},
		},
	}
}
