// Package watch wakes those on this node who wait for news of something that has an id, such as an answer of a phone.
//
// It is a hint, and no more: what happens on other nodes it does not see, so whoever waits looks into the database now and then all the same.
package watch
