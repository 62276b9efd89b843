// Package agent reads what a browser or an app says it is (the User-Agent header,
// RFC 9110, section 10.1.5) into the few values that the statistics count:
// browser and version, system and version, type of device.
//
// The text is a claim. It is never trusted to lower a risk by itself; what counts
// is whether the user has had it before. A text that nobody can read gives the
// value "other", which is counted like any other.
package agent

import "strings"

// Agent is what an agent says it is. Fields are never empty after [Read].
type Agent struct {
	Browser string // "Firefox 121", "other"
	System  string // "Windows 10", "Android 14", "other"
	Device  string // "desktop", "mobile", "tablet", "bot", "unknown"
}

// maxText bounds the text that is looked at, in bytes.
const maxText = 1024

// Read reads the text of a User-Agent header; texts above 1 kB are cut.
func Read(text string) Agent {
	if len(text) > maxText {
		text = text[:maxText]
	}
	a := Agent{Browser: browser(text), System: system(text)}
	a.Device = device(text, a.System)
	return a
}

// mark is a piece of text that tells one thing, in the order of precedence.
type mark struct{ text, name string }

// browser finds the browser: others call themselves Chrome and Safari as well, so
// those come last.
func browser(text string) string {
	for _, m := range []mark{
		{"Edg/", "Edge"},
		{"EdgA/", "Edge"},
		{"EdgiOS/", "Edge"},
		{"OPR/", "Opera"},
		{"SamsungBrowser/", "Samsung"},
		{"Vivaldi/", "Vivaldi"},
		{"Firefox/", "Firefox"},
		{"FxiOS/", "Firefox"},
		{"CriOS/", "Chrome"},
		{"HeadlessChrome/", "HeadlessChrome"},
		{"Chrome/", "Chrome"},
		{"Version/", "Safari"},
	} {
		if _, rest, ok := strings.Cut(text, m.text); ok && (m.name != "Safari" || strings.Contains(text, "Safari/")) {
			return name(m.name, rest, 1)
		}
	}
	return "other"
}

// system finds the operating system.
func system(text string) string {
	for _, m := range []mark{
		{"Windows NT ", "Windows"}, {"Android ", "Android"}, {"iPhone OS ", "iOS"}, {"CPU OS ", "iPadOS"}, {"Mac OS X ", "macOS"}, {"CrOS ", "ChromeOS"}, {"Linux", "Linux"},
	} {
		if _, rest, ok := strings.Cut(text, m.text); ok {
			parts := 1
			if m.name == "Windows" || m.name == "macOS" {
				parts = 2
			}
			return name(m.name, rest, parts)
		}
	}
	return "other"
}

// device finds the type of device.
func device(text, system string) string {
	lower := strings.ToLower(text)
	switch {
	case strings.Contains(lower, "bot") || strings.Contains(lower, "crawler") || strings.Contains(lower, "headless") || strings.Contains(lower, "curl/"):
		return "bot"
	case strings.HasPrefix(system, "iPadOS") || strings.Contains(lower, "tablet") || strings.HasPrefix(system, "Android") && !strings.Contains(lower, "mobile"):
		return "tablet"
	case strings.HasPrefix(system, "iOS") || strings.HasPrefix(system, "Android") || strings.Contains(lower, "mobile"):
		return "mobile"
	case system == "other":
		return "unknown"
	}
	return "desktop"
}

// name joins a name and the first parts of a version.
func name(n, rest string, parts int) string {
	end := 0
	for end < len(rest) && end < 16 && (rest[end] >= '0' && rest[end] <= '9' || rest[end] == '.' || rest[end] == '_') {
		if c := rest[end]; c == '.' || c == '_' {
			if parts--; parts == 0 {
				break
			}
		}
		end++
	}
	if v := strings.Trim(strings.ReplaceAll(rest[:end], "_", "."), "."); v != "" {
		return n + " " + v
	}
	return n
}
