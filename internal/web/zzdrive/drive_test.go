//go:build browser

package zzdrive_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/countersign-auth/countersign/internal/web/webtest"
)

type soft struct {
	testing.TB
	log *strings.Builder
}

func (s soft) Helper() {}
func (s soft) Errorf(f string, a ...any) { fmt.Fprintf(s.log, "ERR "+f+"\n", a...) }
func (s soft) Logf(f string, a ...any)   { fmt.Fprintf(s.log, "LOG "+f+"\n", a...) }
func (s soft) Fatalf(f string, a ...any) { panic(fmt.Sprintf(f, a...)) }
func (s soft) Name() string { return "drive" }

func TestDrive(t *testing.T) {
	var mu sync.Mutex
	log := &strings.Builder{}
	tb := soft{t, log}
	b := webtest.Start(tb)
	tabs := map[string]*webtest.Tab{}
	var cur *webtest.Tab
	stop := make(chan bool)
	http.HandleFunc("/quit", func(w http.ResponseWriter, r *http.Request) { close(stop) })
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		body, _ := io.ReadAll(r.Body)
		for _, line := range strings.Split(string(body), "\n") {
			line = strings.TrimSpace(line)
			if line == "" || line[0] == '#' {
				continue
			}
			p := strings.SplitN(line, " | ", 3)
			for len(p) < 3 {
				p = append(p, "")
			}
			func() {
				log.Reset()
				defer func() {
					if e := recover(); e != nil {
						fmt.Fprintf(w, "FAIL %s: %v\n", line, e)
					}
					io.WriteString(w, log.String())
				}()
				switch p[0] {
				case "tab":
					if tabs[p[1]] == nil {
						tabs[p[1]] = b.Tab(tb)
					}
					cur = tabs[p[1]]
				case "open":
					cur.Open(p[1])
				case "click":
					cur.Click(p[1])
				case "follow":
					cur.Follow(p[1])
				case "submit":
					cur.Submit()
				case "fill":
					cur.Fill(p[1], p[2])
				case "type":
					cur.Type(p[1], p[2])
				case "upload":
					cur.Upload(p[1], p[2])
				case "keys":
					cur.Keys(p[1])
				case "text":
					fmt.Fprintf(w, "TEXT %s\n", cur.Text(p[1]))
				case "attr":
					fmt.Fprintf(w, "ATTR %s\n", cur.Attr(p[1], p[2]))
				case "url":
					fmt.Fprintf(w, "URL %s %s\n", cur.URL(), cur.Title())
				case "eval":
					fmt.Fprintf(w, "EVAL %v\n", webtest.Eval[any](cur, p[1]))
				case "shot":
					cur.Shot("w3-" + p[1])
				case "looks":
					// desktop + phone + axe
					cur.Shot("w3-" + p[1])
					cur.Axe()
					cur.Phone()
					cur.Shot("w3-" + p[1] + "-phone")
					if webtest.Eval[bool](cur, "document.documentElement.scrollWidth > innerWidth") {
						fmt.Fprintf(w, "WIDE %s\n", p[1])
					}
					cur.Desktop()
				case "wait":
					cur.WaitText(p[1], p[2])
				case "back":
					webtest.Eval[bool](cur, "history.back(), true")
				default:
					fmt.Fprintf(w, "UNKNOWN %s\n", line)
				}
			}()
		}
		if cur != nil {
			fmt.Fprintf(w, "@ %s\n", cur.URL())
		}
	})
	srv := &http.Server{Addr: "127.0.0.1:9777"}
	go srv.ListenAndServe()
	<-stop
	os.Stdout.Sync()
}
