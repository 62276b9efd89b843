// Package reach keeps connections that this server makes on somebody's word within bounds:
// a webhook's address from the configuration, a push endpoint from a phone. The address is
// checked after the name was resolved, for every connection, so that a name that suddenly points
// inside (the metadata service of a cloud, another machine's console) is not connected to.
package reach
