// Package limit is the one counter of the product: failures, issued challenges,
// activation attempts, and later requests, budgets and key uses, all count the
// same way.
//
// A counter is four columns in the row of the thing that is limited, so that
// counting needs no statement of its own row and no second lock. The package
// owns no table; it owns the rule and the SQL over these columns:
//
//	failures       INTEGER  claims since the last clear or cool-down, 0…Max
//	blocks         INTEGER  blocks in a row since the last clear
//	blocked_until  BIGINT   end of the block; NULL = not blocked; Forever = until reset
//
// # States
//
//	free      blocked_until is NULL, failures < Max
//	blocked   blocked_until > now: every claim is refused and changes nothing
//	cooled    blocked_until <= now: the next claim starts again at 1
//	held      blocked_until = Forever: only a Clear by the help desk opens it
//
//	state    claim                                  clear
//	free     failures+1; at Max → blocked or held   free, failures and blocks := 0
//	blocked  refused                                free
//	cooled   failures := 1 → free                   free
//	held     refused                                free
//
// # Invariants
//
// A claim is one conditional UPDATE, so N parallel claims count N and none
// passes Max. The attempt is claimed before its result is known; a right proof
// clears in the same transaction. The length of a block is fixed when it
// begins: attempts during it neither count nor lengthen it. Blocks add up until
// a success, so an attacker who waits out cool-downs reaches the permanent
// block (RTS Art. 4(3)(b), 4(4); NIST SP 800-63B-4, section 3.2.2).
package limit
