package bank

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The bank's own demonstration data: accounts and their entries are computed
// from the customer number and the calendar, so that each customer always finds
// the same past. Amounts are in cents of euro.

const (
	accountCurrent = "current"
	accountSavings = "savings"

	sortCode = "99930400" // of a bank that does not exist
)

// reserve is what cards leave on the account, in cents: more than all regular
// payments of a month together, so that no account is ever overdrawn.
const reserve = 160_000

// ledgerStart is when all accounts were opened.
var ledgerStart = time.Date(2025, time.January, 1, 0, 0, 0, 0, time.UTC)

// account is one account as it stands.
type account struct {
	ID        string // in addresses
	IBAN      string
	Balance   int64      // cents
	Movements []movement // newest first
}

// movement is a movement on an account.
type movement struct {
	At     time.Time // day
	Party  string
	Kind   string // "card", "standing", "salary", "debit", "transfer", "interest"
	Amount int64  // cents; negative: out
	More   string // address of a page about it; may be empty
	Payees int    // of a batch: how many; Party is empty then
}

// accounts returns the customer's accounts as they stand at now, the day being
// that of now's zone, with the payments that they made, oldest first. A payment is the
// last movement of its day, so it changes nothing that was there before it.
func accounts(number string, now time.Time, paid ...Paid) []account {
	current := account{ID: accountCurrent, IBAN: iban(number, accountCurrent), Balance: opening(number, accountCurrent, 280_000, 550_000)}
	savings := account{ID: accountSavings, IBAN: iban(number, accountSavings), Balance: opening(number, accountSavings, 300_000, 2_400_000)}
	today := dayOf(now)
	var surplus int64
	for day := ledgerStart; !day.After(today); day = day.AddDate(0, 0, 1) {
		for _, e := range entriesOf(number, day) {
			if e.Kind == "card" && current.Balance+e.Amount < reserve {
				continue // the card is declined: rent and the like must be met
			}
			current.book(e)
			surplus += e.Amount
		}
		if last := day.AddDate(0, 0, 1).Day() == 1; last && surplus > 0 { // what is left of a month is saved
			current.book(movement{At: day, Kind: "saving", Amount: -surplus})
			savings.book(movement{At: day, Kind: "saving", Amount: surplus})
			surplus = 0
		}
		if day.YearDay() != 1 && day.Day() == 1 && day.Month()%3 == 1 {
			savings.book(movement{At: day, Party: "Alder Bank", Kind: "interest", Amount: savings.Balance * 18 / 4000}) // 1.8 % a year
		}
		for len(paid) > 0 && !dayOf(paid[0].At.In(now.Location())).After(day) {
			current.book(paid[0].movement(day))
			surplus -= paid[0].Debit
			paid = paid[1:]
		}
	}
	slices.Reverse(current.Movements)
	slices.Reverse(savings.Movements)
	return []account{current, savings}
}

// dayOf is the day of a moment in its zone.
func dayOf(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

func (a *account) book(e movement) {
	a.Balance += e.Amount
	a.Movements = append(a.Movements, e)
}

// draw gives a number below n that depends on the words only.
func draw(n int64, words ...string) int64 {
	sum := sha256.Sum256([]byte("alder bank\x00" + strings.Join(words, "\x00")))
	return int64(binary.BigEndian.Uint64(sum[:8]) % uint64(n)) //nolint:gosec // below n, which is an int64
}

func opening(number, id string, from, to int64) int64 {
	return from + draw(to-from, number, id, "opening")
}

// regular are the entries that come each month, on the same day.
var regular = [...]struct {
	day      int
	party    string
	kind     string
	from, to int64 // cents, out
}{
	{1, "Ufer Wohnbau", "standing", 78_000, 124_000},
	{3, "Stadtwerke Erlenau", "debit", 6_400, 13_800},
	{5, "Nordlicht Telecom", "debit", 2_490, 4_990},
	{12, "Verkehrsverbund Mitte", "debit", 4_900, 4_901},
	{17, "Mutual Health Insurance", "debit", 3_200, 9_800},
}

// shops are where cards are used.
var shops = [...]struct {
	party    string
	from, to int64 // cents
}{
	{"Kornblume Bakery", 320, 1_480},
	{"Marktfrisch", 1_250, 9_640},
	{"Café Linde", 380, 2_460},
	{"Papier & Feder", 450, 3_890},
	{"Weiland Books", 990, 5_400},
	{"Pharmacy at the Gate", 495, 4_220},
	{"Radhaus Cycles", 1_500, 14_900},
	{"Kino Astoria", 1_100, 3_600},
	{"Blumen Alma", 900, 4_500},
	{"Hof Sonnenfeld", 640, 3_950},
	{"Trattoria Nove", 2_200, 8_900},
	{"Outdoor Kessler", 1_900, 18_500},
}

// entriesOf returns what moves on the current account on a day.
func entriesOf(number string, day time.Time) (all []movement) {
	date := day.Format(time.DateOnly)
	for _, x := range regular {
		if x.day == day.Day() {
			all = append(all, movement{At: day, Party: x.party, Kind: x.kind, Amount: -(x.from + draw(x.to-x.from, number, x.party))})
		}
	}
	if payday := int(24 + draw(3, number, "payday")); day.Day() == payday {
		all = append(all, movement{At: day, Party: employer(number), Kind: "salary", Amount: 310_000 + draw(120_000, number, "salary")})
	}
	for i := range draw(3, number, date, "visits") {
		shop := shops[draw(int64(len(shops)), number, date, "shop", strconv.FormatInt(i, 10))]
		all = append(all, movement{At: day, Party: shop.party, Kind: "card", Amount: -(shop.from + draw(shop.to-shop.from, number, date, shop.party))})
	}
	return all
}

func employer(number string) string {
	names := [...]string{"Brückner Instruments", "City of Erlenau", "Falk & Sons Joinery", "Hanse Logistics", "St. Anna Hospital"}
	return names[draw(int64(len(names)), number, "employer")]
}

// iban makes an account number with the right check digits (ISO 13616) at a
// bank that does not exist.
func iban(number, id string) string {
	const ten = 10_000_000_000
	bban := sortCode + fmt.Sprintf("%010d", draw(ten, number, id, "iban"))
	n, _ := new(big.Int).SetString(bban+"131400", 10) // "DE00" in digits
	check := 98 - new(big.Int).Mod(n, big.NewInt(97)).Int64()
	return fmt.Sprintf("DE%02d%s", check, bban)
}
