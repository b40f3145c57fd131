#include "control/protocol/commands.hpp"

#include <array>

namespace pipit::control {
namespace {

using enum ArgumentKind;

constexpr std::array kName{
    ArgumentSpec{.key = "name", .kind = Neighbor, .required = true, .help = "neighbor"},
};
constexpr std::array kGroup{
    ArgumentSpec{
        .key = "group", .kind = Group, .required = true, .help = "all neighbors of this group"},
};
constexpr std::array kNeighbors{
    ArgumentSpec{.key = "state",
                 .kind = Choice,
                 .choices = "up|down|shutdown",
                 .help = "Established, not Established, or shut down by the operator"},
    ArgumentSpec{
        .key = "type", .kind = Choice, .choices = "internal|external", .help = "only of this type"},
    ArgumentSpec{.key = "group", .kind = Group, .keyword = true, .help = "only of this group"},
    ArgumentSpec{.key = "asn", .kind = Number, .keyword = true, .help = "only of this AS"},
    ArgumentSpec{.key = "family",
                 .kind = Choice,
                 .keyword = true,
                 .choices = "ipv4-unicast|ipv6-unicast|ipv4-vpn|ipv6-vpn",
                 .help = "only with this address family, and its counters"},
};
constexpr std::array kRoutes{
    ArgumentSpec{.key = "prefix", .kind = Prefix, .help = "only this destination"},
    ArgumentSpec{.key = "longer", .kind = Flag, .help = "and all inside of PREFIX"},
    ArgumentSpec{.key = "shorter", .kind = Flag, .help = "and all that cover PREFIX"},
    ArgumentSpec{.key = "family",
                 .kind = Choice,
                 .keyword = true,
                 .choices = "ipv4-unicast|ipv6-unicast|ipv4-vpn|ipv6-vpn",
                 .help = "only this address family"},
    ArgumentSpec{.key = "neighbor",
                 .kind = Neighbor,
                 .keyword = true,
                 .help = "only from or to this neighbor"},
    ArgumentSpec{
        .key = "view",
        .kind = Choice,
        .choices = "received|accepted|rejected|advertised",
        .help = "which of the neighbor's routes (default: accepted); rejected: also of all"},
    ArgumentSpec{.key = "source",
                 .kind = Neighbor,
                 .keyword = true,
                 .choices = "bgp|kernel|connected|originate",
                 .help = "only from this kind of source, or from this neighbor"},
    ArgumentSpec{.key = "community",
                 .kind = Text,
                 .keyword = true,
                 .help = "only with this community: 65001:5, no-export, 65001:1:2, rt:65001:*"},
    ArgumentSpec{.key = "as-path",
                 .kind = Text,
                 .keyword = true,
                 .help = "only with an AS path that this expression finds: ^65001 .* 64999$"},
    ArgumentSpec{
        .key = "next-hop", .kind = Address, .keyword = true, .help = "only with this next hop"},
    ArgumentSpec{.key = "med",
                 .kind = Range,
                 .keyword = true,
                 .help = "only with this MULTI_EXIT_DISC: 50 or 50-100"},
    ArgumentSpec{.key = "length",
                 .kind = Range,
                 .keyword = true,
                 .help = "only of this prefix length: 24 or 24-28"},
    ArgumentSpec{.key = "validity",
                 .kind = Choice,
                 .choices = "valid|invalid",
                 .help = "fit for the decision process, or not: next hop unreachable, say"},
    ArgumentSpec{.key = "best", .kind = Flag, .help = "best paths only"},
    ArgumentSpec{
        .key = "detail", .kind = Flag, .local = true, .help = "everything about each path"},
    ArgumentSpec{.key = "count", .kind = Flag, .help = "the number of paths only"},
    ArgumentSpec{
        .key = "limit", .kind = Number, .keyword = true, .help = "at most this many paths"},
};
constexpr std::array kRoute{
    ArgumentSpec{
        .key = "prefix", .kind = Prefix, .required = true, .help = "address or prefix to look up"},
};
constexpr std::array kExplain{
    ArgumentSpec{.key = "prefix", .kind = Prefix, .required = true, .help = "destination"},
    ArgumentSpec{.key = "from",
                 .kind = Neighbor,
                 .keyword = true,
                 .choices = "kernel|originate",
                 .help = "what import makes of what this neighbor announces"},
    ArgumentSpec{.key = "to",
                 .kind = Neighbor,
                 .keyword = true,
                 .choices = "kernel",
                 .help = "why this neighbor gets it or does not"},
};
constexpr std::array kDisable{
    kName[0],
    ArgumentSpec{
        .key = "message", .kind = Text, .help = "shutdown message for the peer (RFC 9003)"},
};
constexpr std::array kRefresh{
    kName[0],
    ArgumentSpec{.key = "direction",
                 .kind = Choice,
                 .choices = "in|out",
                 .help = "in: ask the peer for its routes; out: send ours (default: both)"},
};
constexpr std::array kDisableGroup{kGroup[0], kDisable[1]};
constexpr std::array kRefreshGroup{kGroup[0], kRefresh[1]};
constexpr std::array kDisableAll{kDisable[1]};
constexpr std::array kRefreshAll{kRefresh[1]};
constexpr std::array kFile{
    ArgumentSpec{.key = "file", .kind = File, .required = true, .help = "configuration file"},
};
constexpr std::array kConfig{
    ArgumentSpec{.key = "diff",
                 .kind = File,
                 .keyword = true,
                 .dashed = true,
                 .help = "what is different in this file"},
    ArgumentSpec{
        .key = "history", .kind = Flag, .dashed = true, .help = "what was applied, and by whom"},
};
constexpr std::array kReload{
    ArgumentSpec{.key = "dry-run",
                 .kind = Flag,
                 .dashed = true,
                 .help = "say what it would do to neighbors and routes, change nothing"},
    ArgumentSpec{.key = "routes",
                 .kind = Flag,
                 .dashed = true,
                 .help = "with --dry-run: list each route that would change"},
    ArgumentSpec{.key = "confirm",
                 .kind = Duration,
                 .keyword = true,
                 .dashed = true,
                 .help = "go back after this time unless `pipit confirm` comes"},
};
constexpr std::array kRollback{
    ArgumentSpec{.key = "number",
                 .kind = Number,
                 .required = true,
                 .help = "of a configuration in `show config --history`"},
};
constexpr std::array kShell{
    ArgumentSpec{.key = "shell",
                 .kind = Choice,
                 .required = true,
                 .choices = "bash|zsh|fish",
                 .help = "shell to write the completion for"},
};
constexpr std::array kHelp{
    ArgumentSpec{.key = "command", .kind = Text, .help = "the first words of a command"},
};

constexpr std::array kCommands{
    CommandSpec{"status", "status", {}, "one screen: router, neighbors, routes, kernel, warnings"},
    CommandSpec{"show neighbors", "show neighbors", kNeighbors, "the neighbors, one line each"},
    CommandSpec{"show neighbor", "show neighbor NAME", kName, "all about one neighbor"},
    CommandSpec{"show routes", "show routes", kRoutes, "the routes, one line a path"},
    CommandSpec{"show route", "show route PREFIX", kRoute,
                "longest match: every path with all its attributes"},
    CommandSpec{
        "show kernel", "show kernel", {}, "routes imported from and exported to the kernel"},
    CommandSpec{"show next-hops", "show next-hops", {}, "BGP next hops and how they resolve"},
    CommandSpec{"show groups", "show groups", {}, "update groups: neighbors that share one output"},
    CommandSpec{
        "show policies", "show policies", {}, "policies rule by rule, with how often each matched"},
    CommandSpec{"show sets", "show sets", {}, "the sets that policies refer to"},
    CommandSpec{"show memory", "show memory", {}, "what the memory is used for"},
    CommandSpec{"show config", "show config", kConfig,
                "the effective configuration, without secrets"},
    CommandSpec{"explain", "explain PREFIX", kExplain,
                "why a path is best, what import did with it, or why somebody gets it"},
    CommandSpec{"explain neighbor", "explain neighbor NAME", kName,
                "how far a session comes, from the route to it to Established, and what to do"},
    CommandSpec{"neighbor enable", "neighbor NAME enable", kName, "let a disabled session come up"},
    CommandSpec{"neighbor disable", "neighbor NAME disable", kDisable,
                "shut the session down until it is enabled again"},
    CommandSpec{"neighbor reset", "neighbor NAME reset", kName, "close the session; it comes back"},
    CommandSpec{"neighbor refresh", "neighbor NAME refresh", kRefresh,
                "exchange routes again without closing the session"},
    CommandSpec{"neighbors enable", "neighbor all enable", {}, "the same with all neighbors"},
    CommandSpec{"neighbors disable", "neighbor all disable", kDisableAll,
                "the same with all neighbors"},
    CommandSpec{"neighbors reset", "neighbor all reset", {}, "the same with all neighbors"},
    CommandSpec{"neighbors refresh", "neighbor all refresh", kRefreshAll,
                "the same with all neighbors"},
    CommandSpec{"group enable", "neighbor group GROUP enable", kGroup,
                "the same with all neighbors of a group"},
    CommandSpec{"group disable", "neighbor group GROUP disable", kDisableGroup,
                "the same with all neighbors of a group"},
    CommandSpec{"group reset", "neighbor group GROUP reset", kGroup,
                "the same with all neighbors of a group"},
    CommandSpec{"group refresh", "neighbor group GROUP refresh", kRefreshGroup,
                "the same with all neighbors of a group"},
    CommandSpec{"reload", "reload", kReload, "read the configuration again and apply what changed"},
    CommandSpec{"confirm", "confirm", {}, "keep what reload --confirm brought"},
    CommandSpec{"rollback", "rollback NUMBER", kRollback,
                "apply an earlier configuration again; the file stays as it is"},
    CommandSpec{"check", "check FILE", kFile, "check a configuration file, change nothing"},
    CommandSpec{"completion", "completion SHELL", kShell,
                "print a completion script for bash, zsh or fish", true},
    CommandSpec{"help", "help", kHelp, "these commands, or the arguments of one", true},
};

}  // namespace

std::span<const CommandSpec> command_specs() {
  return kCommands;
}

const CommandSpec* find_command(std::string_view name) {
  for (const CommandSpec& command : kCommands) {
    if (command.name == name) {
      return &command;
    }
  }
  return nullptr;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = text.find(separator);
    if (end != 0) {
      parts.push_back(text.substr(0, end));
    }
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return parts;
}

}  // namespace pipit::control
