package ui

import "strings"

// Browser names the browser and system of a User-Agent header in words that its
// owner recognizes: "Firefox on Linux". It is a help for people, no evidence:
// anybody can send any header.
func Browser(agent string) string {
	name, system := signOf(agent, browsers), signOf(agent, systems)
	switch {
	case name == "":
		return ""
	case system == "":
		return name
	}
	return name + " · " + system
}

type sign struct{ part, name string }

// Browsers carry the names of those they imitate, so the order matters.
var (
	browsers = [...]sign{{"Edg", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}}
	systems  = [...]sign{{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"}, {"Mac OS X", "macOS"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"}}
)

func signOf(agent string, signs [7]sign) string {
	for _, s := range signs {
		if strings.Contains(agent, s.part) {
			return s.name
		}
	}
	return ""
}
