package pattern

import "hash/fnv"

// Name is a kind of context data. Names are a closed list: a device cannot bring new
// kinds of personal data into a pattern.
type Name uint8

// The kinds of context data. Those from [Apps] on are logs of what a person does; a
// policy has to ask for them.
const (
	Volume Name = iota + 1
	Temperature
	Humidity
	Illumination
	NetworkSpeed
	Speed
	Acceleration
	Battery
	Playlist
	Channel
	Exercise
	Mode     // operating mode of an appliance
	Apps     // classes of apps that were used
	Calls    // classes of calls
	Messages // classes of messages
	Browsing // classes of pages
	names    // one more than the last
)

// words of the names, in their order.
func words() [names]string {
	return [names]string{
		"", "volume", "temperature", "humidity", "illumination", "network_speed", "speed", "acceleration", "battery",
		"playlist", "channel", "exercise", "mode", "apps", "calls", "messages", "browsing",
	}
}

// ParseName returns the name for the word of a report; false for one that is unknown.
func ParseName(word string) (Name, bool) {
	for n, w := range words() {
		if w == word && n > 0 {
			return Name(n), true
		}
	}
	return 0, false
}

// String returns the word of reports.
func (n Name) String() string {
	if n == 0 || n >= names {
		return "unknown"
	}
	return words()[n]
}

// Numeric reports whether values are numbers; otherwise they are categories.
func (n Name) Numeric() bool { return n >= Volume && n <= Battery }

// Log reports whether values tell what a person did with a device: apps, calls,
// messages and pages. Left out by default.
func (n Name) Log() bool { return n >= Apps && n < names }

// Value is one value of a device's context.
type Value struct {
	Device   Number
	Name     Name
	Number   float64 // of a numeric name
	Category uint8   // of another: the bin of the word, see [Bin]
}

// Bins is how many bins the words of categories are put in.
const Bins = 64

// Bin returns the bin of a category's word. Two words may share one: that only makes
// the context say less. A pattern never holds the word.
func Bin(category string) uint8 {
	h := fnv.New32a()
	h.Write([]byte(category))
	return uint8(h.Sum32() % Bins)
}
