// What explain shows.
#pragma once

#include <array>

#include "control/protocol/field.hpp"
#include "control/protocol/shown_routes.hpp"
#include "control/protocol/shown_system.hpp"

namespace pipit::control::shown {

inline constexpr std::array kConditionFields{
    rows::text("name", "of the key"),
    rows::text("asked", "what the rule asks for"),
    rows::text("had", "what the route has"),
    rows::flag("held", ""),
    rows::number("depth", "inside of so many `not`, `any` or `all`"),
};
inline constexpr Record kCondition{"A condition of a rule", kConditionFields};

inline constexpr std::array kChangeFields{
    rows::text("attribute", ""),
    rows::text("before", ""),
    rows::text("after", ""),
};
inline constexpr Record kChange{"A change of a rule", kChangeFields};

inline constexpr std::array kTriedRuleFields{
    rows::text("policy", ""),
    rows::number("number", "from 1"),
    rows::text("place", "`pipitd.yaml:12`"),
    rows::flag("matched", ""),
    rows::record("conditions", kCondition, "").list(),
    rows::record("changes", kChange, "").list(),
    rows::text("then", "empty: it goes on with the next rule"),
};
inline constexpr Record kTriedRule{"A rule that was tried", kTriedRuleFields};

inline constexpr std::array kStepFields{
    rows::text("stage",
               "see the explanation that it is of; steps that were not come to are left out"),
    rows::word("result",
               "passed|stopped|changed|noted",
               "`stopped`: the way ends here; `noted`: decides nothing"),
    rows::text("text", "in words, with the values that were looked at"),
    rows::text("rule", "the section that asks for it; empty: none"),
    rows::record("rules", kTriedRule, "of a policy").list(),
};
inline constexpr Record kStep{"A step of an explanation", kStepFields};

inline constexpr std::array kKernelImportFields{
    rows::fields_of(kKernelRoute),
    rows::flag("imported", ""),
    rows::text("text", "why, or why not"),
    rows::text("rules", "what each import rule made of it").list(),
};
inline constexpr Record kKernelImport{"A kernel route and what import makes of it",
                                      kKernelImportFields,
                                      "A connected prefix has the type `connected`."};

inline constexpr std::array kResolutionFields{
    rows::fields_of(kNextHop),
    rows::text("text", "`on 192.0.2.0/24 dev eth0, cost 0`"),
};
inline constexpr Record kResolution{"How the next hop of a candidate resolves", kResolutionFields};

inline constexpr std::array kCandidateFields{
    rows::fields_of(kRoute),
    rows::text("step", "at which it lost or was excluded: `local preference`; empty for the best"),
    rows::text("rule", "the section that says so"),
    rows::text("value",
               "what that step compared, of this path; empty when it did not lose at a step of the "
               "decision process"),
    rows::text("better", "and of the path that it lost to"),
    rows::text("better_source", "that one's source"),
    rows::flag("void", "its source took it back; it waits to be swept away"),
    rows::record(
        "received", kAttributes, "before import policy, where that changed some; else null")
        .or_null(),
    rows::record("next_hop_resolution", kResolution, "null: not accepted, or this router itself")
        .or_null(),
};
inline constexpr Record kCandidate{"A candidate of a destination", kCandidateFields};

inline constexpr std::array kAskedFields{
    rows::fields_of(kRouteKey),
    rows::address("address", "that was asked about: `prefix` is its longest match; else null")
        .or_null(),
};
inline constexpr Record kAsked{"What was asked about", kAskedFields};

inline constexpr std::array kExplanationFields{
    rows::fields_of(kAsked),
    rows::text("verdict", "the answer in one sentence"),
    rows::record("candidates", kCandidate, "every path, the best one first").list(),
    rows::record("covering",
                 kRoute,
                 "the best path of the longest prefix around it, where there is no best path; else "
                 "null")
        .or_null(),
    rows::record(
        "not_accepted", kRoute, "likewise: paths to prefixes around it that import did not accept")
        .list(),
    rows::record("kernel_routes", kKernelImport, "likewise: the kernel's routes to this prefix")
        .list(),
};
inline constexpr Record kExplanation{"Why the best path is best", kExplanationFields,
                                     "A prefix that is not there is an answer too, not an error."};

inline constexpr std::array kTracedPathFields{
    rows::fields_of(kRoute),
    rows::record("received", kAttributes, "before import policy"),
    rows::record("accepted", kAttributes, "after import policy; null: not accepted").or_null(),
    rows::record("steps",
                 kStep,
                 "`first-as`, `as-sets`, `treat-as-withdraw`, `own-as`, `own-originator-id`, "
                 "`own-cluster-id`, `next-hop-host`, `discard-attributes`, `blackhole`, "
                 "`import-policy`, `graceful-shutdown`, `next-hop-resolution`, `decision`")
        .list(),
};
inline constexpr Record kTracedPath{"A path on its way through import", kTracedPathFields};

inline constexpr std::array kExplanationFromFields{
    rows::fields_of(kAsked),
    rows::text("from", "the source"),
    rows::text("verdict", "the answer in one sentence"),
    rows::record(
        "steps",
        kStep,
        "of a neighbor, before anything of the prefix: `session`, `family`; `update`, when "
        "an UPDATE with the prefix had an error that is still remembered: treated as "
        "withdraw it ends the way")
        .list(),
    rows::record("paths", kTracedPath, "none when the source announces nothing for the prefix")
        .list(),
    rows::record("kernel_routes", kKernelImport, "of `from` `kernel`").list(),
};
inline constexpr Record kExplanationFrom{"What import did with what a source announced",
                                         kExplanationFromFields};

inline constexpr std::array kExplanationToFields{
    rows::fields_of(kAsked),
    rows::text("to", "the receiver"),
    rows::text("verdict", "the answer in one sentence"),
    rows::flag("advertised", "it stands advertised there, or in the kernel"),
    rows::record("steps",
                 kStep,
                 "`session`, `family`, `best-path`, `split-horizon`, `reflection`, `no-advertise`, "
                 "`no-export`, `clear-med`, `export-policy`, `next-hop`, `as-path`, "
                 "`local-preference`, `originator-id`, `cluster-list`, `extended-communities`, "
                 "`sent`; `to` `kernel`: `best-path`, `kernel-export`, `local-route`, "
                 "`export-policy`, `kernel-hints`, `next-hops`, `written`")
        .list(),
    rows::record("best", kRoute, "the path that is looked at; null: none").or_null(),
    rows::record("sent", kAttributes, "as in Adj-RIB-Out; null: not there").or_null(),
    rows::record("group", kGroup, "the update group; null: none").or_null(),
    rows::octets("write_queue_octets", "that the session has not taken yet"),
    rows::timestamp("sent_not_before",
                    "when it was last sent there, with the next: the same time where that is known "
                    "exactly, which it is of the last 2,048 routes that the update group sent; of "
                    "older ones, and of those that the neighbor got outside of the group's stream "
                    "(after it came up, say), the time between which it was. Null: it does not "
                    "stand advertised there")
        .or_null(),
    rows::timestamp("sent_not_after", "likewise").or_null(),
    rows::word("delivery",
               "pending|queued|written",
               "of exactly this route: the update group has yet to send it; in the session's write "
               "queue; the socket has it all. Null: it does not go there")
        .or_null(),
    rows::record("installed", kKernelRoute, "`to` `kernel`: what is or should be there; else null")
        .or_null(),
};
inline constexpr Record kExplanationTo{"Why a receiver has a route or not", kExplanationToFields};

inline constexpr std::array kExplanationNeighborFields{
    rows::text("neighbor", ""),
    rows::text("state", "as of a neighbor"),
    rows::text("verdict", "the answer in one sentence"),
    rows::record("steps",
                 kStep,
                 "`configuration`, `address`, `route` (the kernel's, looked up now), "
                 "`source-address`, `tcp`, `md5`, `ttl`, `open`, `capabilities`, `families`, "
                 "`established`")
        .list(),
    rows::text("advice", "what to do").list(),
};
inline constexpr Record kExplanationNeighbor{"The way to an Established session",
                                             kExplanationNeighborFields};

}  // namespace pipit::control::shown
