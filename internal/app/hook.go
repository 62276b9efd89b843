package app

import (
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/reach"
	"github.com/countersign-auth/countersign/internal/registration"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/webhook"
)

// addWebhook lets the outbox deliver to the bank's address, if one is configured.
// Without one, messages wait in the outbox.
func (a *App) addWebhook() error {
	w := a.Config.Webhook
	if w.URL == "" {
		return nil
	}
	c := webhook.Config{URL: w.URL, Now: a.Now, Reach: reach.Reach{Private: w.Private, Loopback: w.Loopback}}
	for _, text := range []string{string(w.Secret), string(w.Previous)} {
		if text == "" {
			continue
		}
		s, err := webhook.ParseSecret(text)
		if err != nil {
			return err
		}
		c.Secrets = append(c.Secrets, s)
	}
	h, err := webhook.New(c)
	if err != nil {
		return err
	}
	a.handlers[registration.MessageHalf] = h
	a.handlers[mobiletoken.MessageCode] = h
	a.handlers[risk.MessageChannel] = h
	return nil
}
