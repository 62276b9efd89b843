package sms

import (
	"context"
	"strings"
	"time"
	"unicode"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/policy"
)

// Kinds of the audit records of budgets.
const (
	AuditAlarm  = "sms.alarm"          // codes to a prefix come back seldom
	AuditCutOff = "sms.cut_off"        // no more codes to a prefix
	AuditLifted = "sms.cut_off_lifted" // staff ended a cut-off
)

// Levels of alarms, as stored.
const (
	levelAlarm  = "alarm"
	levelCutOff = "cut_off"
)

// alarmLife is how long an alarm is not repeated.
const alarmLife = 24 * time.Hour

// below reports whether fewer than percent of the codes came back.
func (u used) below(percent int) bool { return u.right*100 < u.asked*int64(percent) }

// enough reports whether so many codes were sent that their share says something.
func (u used) enough(c policy.Conversion) bool { return u.asked >= int64(c.Sent) }

// cuts reports whether a prefix is to be cut off.
func (u used) cuts(c policy.Conversion) bool { return u.enough(c) && u.below(c.CutOff) }

// watch stores and records an alarm or a cut-off that is due. Of several claims that
// see the same, one does.
func (b *Budget) watch(tx *db.Tx, rule policy.Conversion, c claim, u used) error {
	if !u.cut && u.cuts(rule) {
		stored, err := c.raise(tx, levelCutOff, AuditCutOff, tx.Now.Add(rule.Pause), u)
		if stored {
			tx.After(func() { b.stats.cutOffs.Add(1) })
		}
		return err
	}
	if !u.cut && !u.alarmed && u.enough(rule) && u.below(rule.Alarm) {
		stored, err := c.raise(tx, levelAlarm, AuditAlarm, tx.Now.Add(alarmLife), u)
		if stored {
			tx.After(func() { b.stats.alarms.Add(1) })
		}
		return err
	}
	return nil
}

// raise stores an alarm unless there is one; it reports whether it did.
func (c *claim) raise(tx *db.Tx, level, kind string, until time.Time, u used) (bool, error) {
	n, err := tx.Exec(`INSERT INTO sms_alarm (prefix, level, began_at, until_at, sent, verified) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (prefix, level) DO UPDATE SET began_at = excluded.began_at, until_at = excluded.until_at, sent = excluded.sent, verified = excluded.verified
		WHERE sms_alarm.until_at <= excluded.began_at`, c.prefix, level, tx.Now, until, u.asked, u.right)
	if err == nil && n == 1 {
		audit.Record(tx, audit.Event{Kind: kind, By: budgetActor, Object: "prefix:" + c.prefix, Details: map[string]any{"sent": u.asked, "right": u.right, "until": until}})
	}
	return n == 1, err
}

// Alarm is a prefix whose codes come back seldom.
type Alarm struct {
	Prefix      string // "+4791"
	CutOff      bool   // no more codes are sent to it
	Began       time.Time
	Until       time.Time
	Sent, Right int64 // what was known when it began
}

// maxAlarms is how many alarms a list has at most.
const maxAlarms = 500

// Alarms returns the alarms and cut-offs in force, the newest first.
func (d *Desk) Alarms(ctx context.Context) (all []Alarm, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		all = nil
		return tx.Each(`SELECT prefix, level, began_at, until_at, sent, verified FROM sms_alarm WHERE until_at > $1
			ORDER BY began_at DESC, prefix, level LIMIT $2`, []any{tx.Now, maxAlarms}, func(r db.Row) error {
			var a Alarm
			var level string
			err := r.Scan(&a.Prefix, &level, &a.Began, &a.Until, &a.Sent, &a.Right)
			a.CutOff = level == levelCutOff
			all = append(all, a)
			return err
		})
	})
	return all, err
}

// maxReason is the length of a reason in characters.
const maxReason = 200

// Lift ends the cut-off of a prefix; what was counted before is not judged again. Faults:
// "sms.reason" (Invalid), "sms.not_cut_off" (Conflict), "sms.actor" (Denied).
func (d *Desk) Lift(ctx context.Context, by audit.Actor, prefix, reason string) error {
	n := len([]rune(reason))
	switch {
	case by.Kind == audit.CustomerKind:
		return fault.Deniedf("sms.actor", "Customers do not decide where texts are sent.")
	case strings.TrimSpace(reason) == "" || n > maxReason || strings.ContainsFunc(reason, func(r rune) bool { return !unicode.IsGraphic(r) || r == unicode.ReplacementChar }):
		return fault.Invalidf("sms.reason", "Say why, in 1 to %d characters.", maxReason).WithField("/reason")
	}
	return d.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec("UPDATE sms_alarm SET until_at = $2 WHERE prefix = $1 AND level = 'cut_off' AND until_at > $2", prefix, tx.Now)
		switch {
		case err != nil:
			return err
		case n == 0:
			return fault.Conflictf("sms.not_cut_off", "The prefix is not cut off: look at the list again.")
		}
		audit.Record(tx, audit.Event{Kind: AuditLifted, By: by, Object: "prefix:" + prefix, Details: map[string]any{"reason": reason}})
		return nil
	})
}
