#include "config/neighbors.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include <fmt/format.h>

#include "bgp/wire/family_table.hpp"
#include "config/fields.hpp"
#include "config/policy_checks.hpp"
#include "net/log.hpp"

namespace pipit::config {
namespace {

using std::chrono::seconds;

/// Keys that exclude each other: the nearer one replaces the inherited one.
constexpr std::array<std::array<std::string_view, 2>, 2> kAlternatives{
    {{"password", "password-file"}, {"multihop", "ttl-security"}}};

bool replaced_by(const Node& own, std::string_view key) {
  return std::any_of(kAlternatives.begin(), kAlternatives.end(), [&](const auto& pair) {
    return (key == pair[0] && own.find(pair[1]) != nullptr) ||
           (key == pair[1] && own.find(pair[0]) != nullptr);
  });
}

/// What `own` says, and under it, key by key, what it inherits.
NodeRef inherit(const NodeRef& own, const NodeRef& inherited) {
  if (own->kind != Node::Kind::Map || inherited->kind != Node::Kind::Map) {
    return own;
  }
  auto merged = std::make_shared<Node>(*own);
  for (const Entry& entry : inherited->entries) {
    const auto mine = std::find_if(merged->entries.begin(), merged->entries.end(),
                                   [&](const Entry& e) { return e.key == entry.key; });
    if (mine != merged->entries.end()) {
      mine->value = inherit(mine->value, entry.value);
    } else if (entry.key != "group" && !replaced_by(*own, entry.key)) {
      merged->entries.push_back(entry);
    }
  }
  return merged;
}

/// The part of a printed section whose keys stand in the node.
Value only_own(const Value& value, const Node& node) {
  if (value.map() == nullptr) {
    return value;
  }
  Value::Map kept;
  for (const auto& [key, child] : *value.map()) {
    if (const Entry* entry = node.find(key); entry != nullptr) {
      kept.emplace_back(key, only_own(child, *entry->value));
    }
  }
  return Value(std::move(kept));
}

const Node* value_at(const Node& node, std::string_view key, std::string_view inner = {}) {
  const Entry* entry = node.find(key);
  if (entry == nullptr) {
    return nullptr;
  }
  return inner.empty() ? entry->value.get() : value_at(*entry->value, inner);
}

/// Defaults that depend on other keys.
void complete(const Node& node, bgp::SessionOptions& session) {
  bgp::SessionTimers& timers = session.timers;
  if (value_at(node, "timers", "keepalive") == nullptr) {
    timers.keepalive = timers.hold / 3;
  }
  if (value_at(node, "timers", "send-hold") == nullptr) {
    timers.send_hold = std::max(seconds(480), std::min(2 * timers.hold, seconds(65535)));
  }
}

void check_timers(Reader& reader, const Node& node, const bgp::SessionTimers& timers) {
  const Node* keepalive = value_at(node, "timers", "keepalive");
  const seconds hold = timers.hold;
  if (keepalive != nullptr && hold > seconds(0) && timers.keepalive >= hold) {
    reader.error(keepalive->mark,
                 fmt::format("keepalive of {}s is not less than the hold time of {}s",
                             timers.keepalive.count(), hold.count()));
  } else if (keepalive != nullptr && (hold == seconds(0)) != (timers.keepalive == seconds(0))) {
    reader.error(keepalive->mark,
                 "keepalive and hold must both be 0 (no keepalives) or both be more");
  } else if (keepalive != nullptr && timers.keepalive > hold / 3) {
    reader.report().warning(keepalive->mark,
                            fmt::format("keepalive is more than a third of the hold time: every "
                                        "{}s will be used",
                                        (hold / 3).count()));
  }
  const Node* send_hold = value_at(node, "timers", "send-hold");
  if (send_hold != nullptr && timers.send_hold > seconds(0) && timers.send_hold < hold) {
    reader.error(send_hold->mark, fmt::format("send-hold must be 0 or at least the hold time of "
                                              "{}s (RFC 9687)",
                                              hold.count()));
  }
}

bool is_external(const bgp::ExpectedAsn& asn, std::uint32_t own) {
  using Kind = bgp::ExpectedAsn::Kind;
  return asn.kind == Kind::External || (asn.kind == Kind::Number && asn.number != own);
}

/// What cannot be said together, of a group as well as of a neighbor.
void check_together(Reader& reader,
                    const Node& node,
                    const NeighborConfig& neighbor,
                    std::uint32_t own_asn) {
  for (const auto& [one, other] : kAlternatives) {
    if (node.find(one) != nullptr && node.find(other) != nullptr) {
      reader.error(node.find(other)->mark,
                   fmt::format("\"{}\" and \"{}\" exclude each other", one, other));
    }
  }
  check_timers(reader, node, neighbor.session.timers);
  const Node* client = value_at(node, "route-reflector-client");
  if (client != nullptr && neighbor.routes.route_reflector_client &&
      value_at(node, "asn") != nullptr && is_external(neighbor.session.expected_asn, own_asn)) {
    reader.error(client->mark,
                 fmt::format("only an internal neighbor can be a route reflector client, and its "
                             "asn is {}",
                             value_at(node, "asn")->describe()));
  }
  const Node* served = value_at(node, "route-server-client");
  if (served != nullptr && neighbor.routes.route_server_client &&
      value_at(node, "asn") != nullptr && !is_external(neighbor.session.expected_asn, own_asn)) {
    reader.error(served->mark,
                 fmt::format("only an external neighbor can be a client of a route server, and its "
                             "asn is {}",
                             value_at(node, "asn")->describe()));
  }
}

struct Group {
  enum class State : std::uint8_t { New, Visiting, Good, Broken };
  const Entry* entry = nullptr;
  NodeRef merged;
  State state = State::New;
};

class Inheritance {
 public:
  Inheritance(Reader& reader, const Node& root, Config& config) : reader_(reader), config_(config) {
    const Entry* groups = root.find("groups");
    if (groups == nullptr) {
      return;
    }
    if (groups->value->kind != Node::Kind::Map) {
      reader_.unexpected(*groups->value, "a mapping from names of groups");
      return;
    }
    for (const Entry& entry : groups->value->entries) {
      groups_[entry.key].entry = &entry;
    }
    for (const Entry& entry : groups->value->entries) {
      resolve(entry.key, 0);
    }
  }

  void read(const Node& root) {
    const Entry* neighbors = root.find("neighbors");
    if (neighbors == nullptr) {
      return;
    }
    if (neighbors->value->kind != Node::Kind::Map) {
      reader_.unexpected(*neighbors->value, "a mapping from names of neighbors");
      return;
    }
    for (const Entry& entry : neighbors->value->entries) {
      read_neighbor(entry);
    }
  }

 private:
  /// The group that a node names; nullptr when it names none. Unknown names are reported where the
  /// key `group` is read.
  const Group* parent_of(const Node& node, int depth) {
    const Node* name = value_at(node, "group");
    const auto found = name == nullptr ? groups_.end() : groups_.find(name->text);
    if (found == groups_.end()) {
      return nullptr;
    }
    Group& parent = found->second;
    if (parent.state == Group::State::Visiting) {
      reader_.error(name->mark, fmt::format("groups go round in a circle: \"{}\" inherits from "
                                            "itself",
                                            net::escaped(name->text, 64)));
      parent.state = Group::State::Broken;
    }
    resolve(name->text, depth);
    return &parent;
  }

  void resolve(const std::string& name, int depth) {
    Group& group = groups_.at(name);
    if (group.state != Group::State::New) {
      return;
    }
    const NodeRef& own = group.entry->value;
    const Mark& mark = group.entry->mark;
    if (depth >= kMaxGroupDepth) {
      reader_.error(mark, fmt::format("more than {} groups inherit one another", kMaxGroupDepth));
      group.state = Group::State::Broken;
      return;
    }
    group.state = Group::State::Visiting;
    const std::size_t errors = reader_.report().errors();
    reader_.declare("group", name, mark);
    NeighborConfig options;
    group_fields().read(reader_, *own, options);
    const Group* parent = parent_of(*own, depth + 1);
    const bool sound = parent == nullptr || parent->state == Group::State::Good;
    group.merged = own;
    if (sound && group.state == Group::State::Visiting && errors == reader_.report().errors()) {
      group.merged = parent == nullptr ? own : inherit(own, parent->merged);
      NeighborConfig all;
      group_fields().read(reader_, *group.merged, all);
      complete(*group.merged, all.session);
      check_together(reader_, *group.merged, all, config_.rib.asn);
    }
    const bool good =
        sound && group.state == Group::State::Visiting && errors == reader_.report().errors();
    group.state = good ? Group::State::Good : Group::State::Broken;
    config_.groups.push_back({name, only_own(group_fields().write(options), *own)});
  }

  void read_neighbor(const Entry& entry) {
    if (entry.key == "kernel" || entry.key == "originate") {
      reader_.error(entry.mark,
                    fmt::format("\"{}\" is the name of a built-in source of routes", entry.key));
    } else if (entry.key == "all" || entry.key == "group") {
      reader_.error(entry.mark,
                    fmt::format("\"{}\" is no name for a neighbor: `pipit neighbor {}` means many",
                                entry.key, entry.key == "all" ? "all" : "group NAME"));
    } else {
      reader_.declare("neighbor", entry.key, entry.mark);
    }
    const NodeRef& own = entry.value;
    const Group* group = parent_of(*own, 0);
    const bool sound = group == nullptr || group->state == Group::State::Good;
    const NodeRef node = group != nullptr && sound ? inherit(own, group->merged) : own;
    const std::size_t errors = reader_.report().errors();
    NeighborConfig neighbor;
    neighbor.session.name = entry.key;
    neighbor_fields().read(reader_, *node, neighbor);
    if (errors == reader_.report().errors() && sound) {
      complete(*node, neighbor.session);
      check(entry, *node, neighbor);
    }
    remember_groups(*own, entry.key);
    if (!neighbor.password_problem.empty() && !neighbor.session.shutdown) {
      neighbor.session.shutdown = "";
      neighbor.held_for_password = true;
    }
    config_.neighbors.push_back(std::move(neighbor));
  }

  /// Notes the neighbor in its group, and in those that this inherits from.
  void remember_groups(const Node& own, const std::string& neighbor) {
    const Node* name = value_at(own, "group");
    for (int depth = 0; name != nullptr && depth <= kMaxGroupDepth; ++depth) {
      const auto group = groups_.find(name->text);
      if (group == groups_.end()) {
        return;
      }
      config_.policies.sets.groups[name->text].push_back(neighbor);
      name = value_at(*group->second.entry->value, "group");
    }
  }

  /// A label means something at the next hop that it came with: this router gives out none of its
  /// own and cannot put itself there.
  void check_next_hop_self(const Node& node, const NeighborConfig& neighbor) {
    const rib::NextHopSelf mode = neighbor.routes.next_hop_self;
    std::string labelled;
    bool others = false;
    for (std::size_t i = 0; i < net::kFamilyCount; ++i) {
      if (neighbor.session.families[i] && bgp::family_row(net::kFamilies[i]).labelled) {
        labelled += (labelled.empty() ? "" : " and ") + net::to_string(net::kFamilies[i]);
      } else {
        others = others || neighbor.session.families[i];
      }
    }
    if (labelled.empty() || (mode != rib::NextHopSelf::Self && mode != rib::NextHopSelf::Always)) {
      return;
    }
    const Mark& mark = value_at(node, "next-hop-self")->mark;
    const std::string why = fmt::format(
        "the next hop of {} routes stays: their labels mean something there alone", labelled);
    if (others) {
      reader_.report().warning(mark, "next-hop-self does not hold for all families: " + why);
    } else {
      reader_.error(mark, "next-hop-self cannot be: " + why);
    }
  }

  void check(const Entry& entry, const Node& node, NeighborConfig& neighbor) {
    bgp::SessionOptions& session = neighbor.session;
    check_together(reader_, node, neighbor, config_.rib.asn);
    if (value_at(node, "asn") == nullptr) {
      reader_.error(entry.mark, fmt::format("the neighbor \"{}\" has no asn: a number, internal or "
                                            "external, here or in its group",
                                            entry.key));
    }
    const net::IpAddress& address = session.address.address;
    if (session.local_address && session.local_address->afi() != address.afi()) {
      reader_.error(value_at(node, "local-address")->mark,
                    fmt::format("local-address must be of the same family as the address {}",
                                session.address.to_string()));
    }
    const auto [first, fresh] = by_address_.emplace(session.address, entry.key);
    if (!fresh) {
      reader_.error(value_at(node, "address")->mark,
                    fmt::format("the neighbor \"{}\" has this address already", first->second));
    }
    if (node.find("families") == nullptr) {
      session.families[*net::family_index({address.afi(), net::Safi::Unicast})] = true;
    }
    check_next_hop_self(node, neighbor);
    if (is_external(session.expected_asn, config_.rib.asn) &&
        accepts_everything(config_.policies, neighbor.routes.import_policy)) {
      reader_.report().warning(value_at(node, "import")->mark,
                               "everything that this external neighbor sends is accepted");
    }
    warn_without_policy(entry, neighbor);
    if (session.passive && config_.listen.addresses.empty()) {
      reader_.report().warning(value_at(node, "passive")->mark,
                               "a passive neighbor cannot connect: \"listen\" is empty");
    }
  }

  /// An external neighbor without policies is silent (RFC 8212). Those of a group are told once.
  void warn_without_policy(const Entry& entry, const NeighborConfig& neighbor) {
    const bool imports = !neighbor.routes.import_policy.empty();
    const bool exports = !neighbor.routes.export_policy.empty();
    if ((imports && exports) || config_.router.default_policy == DefaultPolicy::Open ||
        !is_external(neighbor.session.expected_asn, config_.rib.asn)) {
      return;
    }
    const auto group = groups_.find(neighbor.group);
    const std::string who =
        group == groups_.end()
            ? fmt::format("the external neighbor \"{}\" has", entry.key)
            : fmt::format("external neighbors of the group \"{}\" have", neighbor.group);
    const std::string_view what = imports   ? "no export policy: nothing is sent"
                                  : exports ? "no import policy: nothing is accepted"
                                            : "no import and no export policy: nothing is "
                                              "accepted and nothing is sent";
    reader_.report().warning(group == groups_.end() ? entry.mark : group->second.entry->mark,
                             fmt::format("{} {} (RFC 8212)", who, what));
  }

  Reader& reader_;
  Config& config_;
  std::map<std::string, Group> groups_;
  std::map<net::ScopedAddress, std::string> by_address_;
};

}  // namespace

void read_neighbors(Reader& reader, const Node& root, Config& config) {
  Inheritance inheritance(reader, root, config);
  inheritance.read(root);
}

}  // namespace pipit::config
