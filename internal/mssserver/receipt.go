package mssserver

import (
	"context"

	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/mss"
	"github.com/countersign-auth/countersign/ota/applet"
)

// receipt has a text shown on the phone of a signature: the confirmation after the provider
// has decided. Without a text it is only taken note of. With UserAck the answer waits for the person's
// confirmation, as long as a synchronous one would.
func (s *Server) receipt(ctx context.Context, c *call, q *mss.ReceiptRequest) (mss.Message, error) {
	t, _, err := s.own(ctx, c, q.TransID)
	if err != nil {
		return nil, err
	}
	if t.Status.Open() {
		return nil, mss.Faultf(mss.PBSignatureProcess, 0, "The signature is still outstanding: a receipt comes after it.")
	}
	answer := &mss.ReceiptResponse{Base: s.answer(c), Status: mss.Status{Code: mss.RequestOK}}
	if !q.Message.Given || q.Message.Text == "" {
		return answer, nil
	}
	text, err := receiptText(q.Message)
	if err != nil {
		return nil, err
	}
	shown, err := s.Signer.Receipt(ctx, by(&c.provider), asking(&c.provider), t.Handle, mobileid.Message{Text: text, Acknowledge: q.UserAck, Language: q.Language})
	switch {
	case err != nil:
		return nil, err
	case !q.UserAck:
		return answer, nil
	}
	if shown, err = s.hold(ctx, c, shown); err != nil {
		return nil, err
	}
	answer.Status = answer.Status.Acknowledged(!shown.Delivered.IsZero() || shown.Status == mobileid.Done, shown.Status == mobileid.Done && shown.Reason != mobileid.NoAcknowledge)
	return answer, nil
}

func receiptText(d mss.Data) (string, error) {
	kind, err := kindOf(d)
	if err == nil && kind != mimeText {
		err = mss.Faultf(mss.WrongParam, mss.WrongEncoding, "A receipt is text.")
	}
	if err != nil {
		return "", err
	}
	t, err := decoded(d)
	if err == nil && applet.Fits(t) != nil {
		err = mss.Faultf(mss.WrongDataLength, 0, "The message is longer than a phone shows, or has characters that it does not show.")
	}
	return t, err
}
