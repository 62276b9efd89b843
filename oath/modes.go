package oath

import "fmt"

// NewSignature prepares a key for plain signatures (RFC 6287, section 7.3.1):
// the question is the data to be signed, or derived from them. A suite with
// session data is refused (section 6.3). Without counter and time a signature
// can be replayed (section 8.2, IC9), so the caller must consume the question.
func NewSignature(suite Suite, key []byte) (*OCRA, error) {
	if suite.Session != 0 {
		return nil, fmt.Errorf("oath: the suite %v has session data, which no signature has", suite)
	}
	return NewOCRA(suite, key)
}

// Mutual is a computation in which both sides prove that they know the key:
// the client asks QC, the server answers it and asks QS, the client checks the
// answer and gives its own (RFC 6287, sections 7.2 and 7.3.2).
//
// Both questions are hashed, the other party's first. Let the two sides have
// different suites or, better, different keys (section 8.2, IC7): then no
// answer of the one can ever serve as an answer of the other.
type Mutual struct {
	server, client *OCRA
}

// NewMutual joins the two computations of mutual challenge-response (section
// 7.2). The server's suite has no PIN.
func NewMutual(server, client *OCRA) (*Mutual, error) {
	if server.suite.PIN != NoPIN {
		return nil, fmt.Errorf("oath: the server's suite %v has a PIN, which only the client knows", server.suite)
	}
	if server.suite.Question != client.suite.Question || server.suite.QuestionMax != client.suite.QuestionMax {
		return nil, fmt.Errorf("oath: the suites %v and %v take different questions, but both hash the same two",
			server.suite, client.suite)
	}
	return &Mutual{server: server, client: client}, nil
}

// NewServerSignature joins the two computations of a signature with server
// authentication (section 7.3.2). Neither suite has session data.
func NewServerSignature(server, client *OCRA) (*Mutual, error) {
	for _, o := range []*OCRA{server, client} {
		if o.suite.Session != 0 {
			return nil, fmt.Errorf("oath: the suite %v has session data, which no signature has", o.suite)
		}
	}
	return NewMutual(server, client)
}

// ServerResponse is the server's answer RS to the client's question qc, given
// together with the server's own question qs. The questions in in are ignored.
func (m *Mutual) ServerResponse(qc, qs string, in Input) (string, error) {
	return m.server.Code(in.both(qc, qs))
}

// FindServer checks RS on the client's side, as OCRA.Find does.
func (m *Mutual) FindServer(rs, qc, qs string, in Input, ahead int, w Window) (Match, bool, error) {
	return m.server.Find(rs, in.both(qc, qs), ahead, w)
}

// ClientResponse is the client's answer RC, or signature, to the server's
// question qs. The client gives it only after FindServer.
func (m *Mutual) ClientResponse(qc, qs string, in Input) (string, error) {
	return m.client.Code(in.both(qs, qc))
}

// FindClient checks RC on the server's side, as OCRA.Find does.
func (m *Mutual) FindClient(rc, qc, qs string, in Input, ahead int, w Window) (Match, bool, error) {
	return m.client.Find(rc, in.both(qs, qc), ahead, w)
}

// both sets the two questions; an empty one must not pass for none.
func (in Input) both(other, own string) Input {
	in.Question, in.Own, in.pair = other, own, true
	return in
}
