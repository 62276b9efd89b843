package apptest_test

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/app/apptest"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
)

// away is how long the database is gone.
const away = 10 * time.Second

// TestTheDatabaseGoesAway: for ten seconds every caller gets a clear 503 with
// Retry-After and nobody is let in; then it works again, and nothing is lost.
func TestTheDatabaseGoesAway(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it waits for ten seconds")
	}
	proxy := apptest.NewProxy(t, dbtest.DSN(t, db.Postgres))
	in := apptest.Install(t, proxy.DSN, nil)
	callers := in.Holders(t, 4)
	node := in.Run(t)
	bank := node.Bank()
	defer bank.Close()
	before := make([]apptest.Authentication, len(callers))
	for i, h := range callers {
		if before[i] = bank.MustLogin(t, h.Number, h.Code(0)); before[i].State != "granted" {
			t.Fatalf("%+v", before[i])
		}
	}
	proxy.Cut()
	back := time.After(away)
	var wait sync.WaitGroup
	next := make([]uint64, len(callers))
	gone := make(chan struct{})
	for i, h := range callers {
		wait.Go(func() {
			for next[i] = 1; ; next[i]++ {
				select {
				case <-gone:
					return
				default:
				}
				a, err := bank.Try(h.Number, h.Code(1), strconv.FormatUint(next[i], 10))
				if err != nil || a.Status != http.StatusServiceUnavailable || !seconds(a.RetryAfter) || a.Problem() == "" {
					t.Errorf("while it is away: %d, Retry-After %q, %s, %v", a.Status, a.RetryAfter, a.Body, err)
					return
				}
				time.Sleep(100 * time.Millisecond) // as a patient caller
			}
		})
	}
	if ready, answer := node.Ready(t); ready {
		t.Errorf("the node says that it is ready: %s", answer)
	}
	<-back
	close(gone)
	wait.Wait()
	proxy.Mend()
	for i, h := range callers {
		if next[i] < 2 {
			t.Errorf("customer %s was answered %d times in ten seconds", h.Number, next[i]-1)
		}
		if got := eventually(t, bank, h, 1); got.State != "granted" {
			t.Errorf("when it is back, the code that nobody took: %+v", got)
		}
		var again apptest.Authentication
		bank.Must(t, &again, http.MethodGet, "/v1/authentications/"+before[i].Handle, nil)
		if again.State != "granted" {
			t.Errorf("an acknowledged login is %+v", again)
		}
	}
	node.Stop(t)
	in.Verify(t)
}

// seconds reports whether s is a number of seconds.
func seconds(s string) bool {
	n, err := strconv.Atoi(s)
	return err == nil && n >= 0
}

// eventually logs in when the node answers again, at the latest after half a minute.
func eventually(t *testing.T, bank *apptest.Bank, h apptest.Holder, counter uint64) (out apptest.Authentication) {
	t.Helper()
	for range 300 {
		a, err := bank.Try(h.Number, h.Code(counter), "")
		if err != nil {
			t.Fatal(err)
		}
		if a.Status != http.StatusServiceUnavailable {
			if err := json.Unmarshal(a.Body, &out); err != nil || a.Status != http.StatusCreated {
				t.Fatalf("%d %s, %v", a.Status, a.Body, err)
			}
			return out
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatal("the node did not come back")
	return out
}

// TestTheDiskIsFull: on a small disk of its own (which root can make), callers get a
// 503 that says so; with room again it works, and nothing acknowledged is lost.
func TestTheDiskIsFull(t *testing.T) {
	t.Parallel()
	disk := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", disk).CombinedOutput(); err != nil {
		t.Skipf("only root can make a small disk: %s", out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", disk).CombinedOutput(); err != nil {
			t.Errorf("%s", out)
		}
	})
	in := apptest.Install(t, "sqlite:"+filepath.Join(disk, "countersign.db"), nil)
	h := in.Holders(t, 1)[0]
	node := in.Run(t)
	bank := node.Bank()
	defer bank.Close()
	var acked []apptest.Authentication
	counter := uint64(0)
	login := func() (apptest.Answer, apptest.Authentication) {
		a, err := bank.Try(h.Number, h.Code(counter), "")
		if err != nil {
			t.Fatal(err)
		}
		var out apptest.Authentication
		if a.Status == http.StatusCreated {
			if err := json.Unmarshal(a.Body, &out); err != nil || out.State != "granted" {
				t.Fatalf("counter %d: %s, %v", counter, a.Body, err)
			}
			acked = append(acked, out)
			counter++
		}
		return a, out
	}
	login()
	ballast := filepath.Join(disk, "ballast")
	if err := fill(ballast); err != nil {
		t.Fatal(err)
	}
	full, codes := 0, map[string]int{}
	for range 2000 {
		a, _ := login()
		if a.Status == http.StatusCreated {
			continue // there was a little room in the files
		}
		if a.Status != http.StatusServiceUnavailable || !seconds(a.RetryAfter) {
			t.Fatalf("%d, Retry-After %q, %s", a.Status, a.RetryAfter, a.Body)
		}
		codes[a.Problem()]++
		if full++; full == 20 {
			break
		}
	}
	if full == 0 || codes["db.full"] != full {
		t.Fatalf("%d refusals; the reasons given are %v", full, codes)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if got := eventually(t, bank, h, counter); got.State != "granted" {
		t.Errorf("with room again, the code that was refused: %+v", got)
	}
	node.Stop(t)
	in.Verify(t)
	in.Open(t, func(a *app.App) {
		for _, x := range acked {
			if o, err := a.Hub.Get(t.Context(), in.Application(t), x.Handle); err != nil || o.State != "granted" {
				t.Errorf("an acknowledged login is %q, %v", o.State, err)
			}
		}
	})
}

// fill writes a file until there is no room.
func fill(name string) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	block := make([]byte, 4096)
	for {
		if _, err := f.Write(block); err != nil {
			return f.Close() // no room: that is what was wanted
		}
	}
}
