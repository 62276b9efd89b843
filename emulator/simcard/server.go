package simcard

import (
	"encoding/json"
	"errors"
	"mime"
	"net"
	"net/http"
)

const jsonType = "application/json"

// pressed is a key, or digits and OK, on a screen.
type pressed struct {
	Screen int    `json:"screen"`
	Key    Key    `json:"key,omitempty"`
	Digits string `json:"digits,omitempty"`
}

// Handler is the screens and keys of all phones on the tray, for a page or a program on the
// same machine:
//
//	GET  /cards              all phones                                     []Shown
//	GET  /cards/{card}       one of them, by its ICCID or number            Shown
//	POST /cards/{card}/keys  {"screen": 3, "key": "ok"}, or "digits": …     Shown
//	POST /cards/{card}/swap  {"iccid": …}: another card takes its number    Shown
//
// Nothing secret can be had from it. It is no server for a network: what has a name of another
// host, an Origin, or another content type than JSON is refused, so that no page of a
// stranger in a browser here can press a key.
func (t *Tray) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /cards", func(w http.ResponseWriter, _ *http.Request) {
		all := []Shown{}
		for _, c := range t.Cards() {
			all = append(all, c.shown())
		}
		write(w, all)
	})
	mux.HandleFunc("GET /cards/{card}", t.withCard(func(w http.ResponseWriter, _ *http.Request, c *Card) { write(w, c.shown()) }))
	mux.HandleFunc("POST /cards/{card}/keys", t.withCard(pressKey))
	mux.HandleFunc("POST /cards/{card}/swap", t.withCard(t.swap))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !local(r) {
			http.Error(w, "only programs on this machine press keys", http.StatusForbidden)
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		mux.ServeHTTP(w, r)
	})
}

// local reports whether a request was meant for this machine, and made by no foreign page.
func local(r *http.Request) bool {
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	ip := net.ParseIP(host)
	return (host == "localhost" || ip != nil && ip.IsLoopback()) && r.Header.Get("Origin") == ""
}

func (t *Tray) withCard(f func(http.ResponseWriter, *http.Request, *Card)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c := t.Card(r.PathValue("card"))
		if c == nil {
			http.Error(w, ErrNoCard.Error(), http.StatusNotFound)
			return
		}
		f(w, r, c)
	}
}

// swapped says which card takes a number.
type swapped struct {
	ICCID string `json:"iccid"`
}

func (t *Tray) swap(w http.ResponseWriter, r *http.Request, c *Card) {
	var s swapped
	if !read(w, r, &s) {
		http.Error(w, "a swap is JSON, such as "+`{"iccid": "8943…"}`, http.StatusBadRequest)
		return
	}
	switch err := t.Move(c.ICCID(), s.ICCID); {
	case errors.Is(err, ErrNoCard):
		http.Error(w, err.Error(), http.StatusNotFound)
	case errors.Is(err, ErrTwice):
		http.Error(w, "the card has a number already, or the other has none", http.StatusUnprocessableEntity)
	case err != nil:
		http.Error(w, "the card does not work", http.StatusInternalServerError)
	default:
		write(w, t.Card(s.ICCID).shown())
	}
}

// read takes a small JSON object.
func read(w http.ResponseWriter, r *http.Request, v any) bool {
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<10))
	d.DisallowUnknownFields()
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return kind == jsonType && d.Decode(v) == nil
}

func pressKey(w http.ResponseWriter, r *http.Request, c *Card) {
	var p pressed
	if !read(w, r, &p) {
		http.Error(w, "a key is JSON, such as "+`{"screen": 3, "key": "ok"}`, http.StatusBadRequest)
		return
	}
	var err error
	if p.Digits != "" {
		err = c.Type(p.Screen, p.Digits)
	} else {
		err = c.Press(p.Screen, p.Key)
	}
	switch {
	case errors.Is(err, ErrStale):
		http.Error(w, err.Error(), http.StatusConflict)
	case errors.Is(err, ErrKey):
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
	case err != nil:
		http.Error(w, "the card does not work", http.StatusInternalServerError)
	default:
		write(w, c.shown())
	}
}

func write(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", jsonType)
	_ = json.NewEncoder(w).Encode(v) // nobody to tell
}
