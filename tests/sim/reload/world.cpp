// ReloadWorld: how it is made, and what happens in it.
#include "tests/sim/reload/world.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "bgp/wire/as_path.hpp"
#include "config/load.hpp"
#include "net/bytes.hpp"

namespace pipit::sim {
namespace {

using std::chrono::seconds;

constexpr std::uint64_t kNeighborSeed = 5;

config::Config loaded(const nlohmann::json& text, const config::Config* earlier) {
  auto config = config::load_text(text.dump(), "sim.yaml");
  if (!config) {
    throw std::runtime_error(config::to_text(config.error()));
  }
  if (auto completed = daemon::complete(config->config, earlier); !completed) {
    throw std::runtime_error(completed.error());
  }
  return std::move(config->config);
}

/// A configuration that is none of those that are refused.
nlohmann::json first_of(ConfigMaker& maker) {
  nlohmann::json text = maker.first();
  while (!config::load_text(text.dump(), "sim.yaml")) {
    text = maker.first();
  }
  return text;
}

bgp::SessionOptions remote_options(std::size_t slot, const config::Config& config) {
  bgp::SessionOptions options;
  options.name = "far side of " + neighbor_name(slot);
  options.address = *net::ScopedAddress::parse(kOwnAddress);
  options.local_asn = slot < kInternalSlots ? config.rib.asn : neighbor_asn(slot);
  options.router_id = net::IpAddress::parse(neighbor_address(slot))->to_v4();
  options.expected_asn = {.kind = bgp::ExpectedAsn::Kind::Number, .number = config.rib.asn};
  options.passive = true;
  options.timers = {.hold = seconds(0), .idle_hold = seconds(0), .idle_hold_max = seconds(0)};
  options.families = {true, true};
  return options;
}

}  // namespace

ReloadWorld::ReloadWorld(std::uint32_t seed)
    : random_(seed),
      text_(first_of(maker_)),
      running_{.file = "sim.yaml", .loaded_at = {}, .config = loaded(text_, nullptr)},
      rib_(running_.config.rib, loop_),
      groups_(loop_, rib_.attributes(), rib_.sources(), rib_.loc_ribs(), {}, &rib_.next_hops()),
      kernel_(loop_, rib_),
      speaker_({.loop = loop_, .rib = rib_, .groups = groups_, .host = kernel_}),
      originator_(loop_, rib_),
      reloader_({.running = running_,
                 .rib = rib_,
                 .speaker = speaker_,
                 .originator = originator_,
                 .kernel = kernel_,
                 .doors = *this}) {
  running_.policies.load(running_.config);
  for (std::size_t i = 0; i < kNeighborSlots; ++i) {
    slots_[i] = std::make_unique<Slot>(loop_, random_);
    slots_[i]->link.addresses = {*net::IpAddress::parse(kOwnAddress),
                                 *net::IpAddress::parse(neighbor_address(i))};
    slots_[i]->remote = std::make_unique<Remote>(loop_, slots_[i]->link.side(1),
                                                 remote_options(i, running_.config));
  }
  reloader_.apply_kernel(daemon::blackholes_of(running_.config));
  originator_.apply(daemon::changed_routes({}, running_.config.originate));
  for (const config::NeighborConfig& neighbor : running_.config.neighbors) {
    add_neighbor(neighbor, reloader_.policies_of(neighbor));
  }
  for (int i = 0; i < 4; ++i) {
    meet();
    churn();
  }
}

ReloadWorld::~ReloadWorld() {
  for (const auto& slot : slots_) {
    slot->door.detach();
    slot->remote.reset();
  }
}

void ReloadWorld::add_neighbor(const config::NeighborConfig& config,
                               const daemon::NeighborPolicies& policies) {
  Slot& slot = slot_of(config.session.name);
  daemon::Neighbor* neighbor = speaker_.add(config, policies, slot.door, kNeighborSeed);
  slot.door.attach(*neighbor->peer);
  if (config.session.shutdown) {
    neighbor->peer->stop(
        bgp::cease(bgp::CeaseSubcode::AdministrativeShutdown, *config.session.shutdown));
  } else {
    neighbor->peer->start();
  }
}

void ReloadWorld::remove_neighbor(daemon::Neighbor& neighbor) {
  Slot& slot = slot_of(neighbor.name());
  speaker_.remove(neighbor);
  slot.door.detach();
}

void ReloadWorld::neighbor_changed(daemon::Neighbor& /*neighbor*/) {}

std::size_t ReloadWorld::number(std::size_t most) {
  return std::uniform_int_distribution<std::size_t>(0, most)(random_);
}

void ReloadWorld::run(seconds time) {
  loop_.run_until(loop_.now() + time);
}

/// Takes routes away that are over a limit, so that the neighbor can come up again; sometimes not.
void ReloadWorld::trim(const daemon::Neighbor& neighbor, Remote& remote) {
  std::array<std::uint32_t, net::kFamilyCount> counts{};
  std::vector<net::Prefix> over;
  for (const auto& [prefix, attributes] : remote.announced()) {
    const std::size_t family = *net::family_index(net::RouteKey::unicast(prefix).family);
    const auto& limit = neighbor.config.routes.max_prefixes[family];
    if (limit && limit->action != rib::MaxPrefixesAction::Warn && ++counts[family] > limit->limit) {
      over.push_back(prefix);
    }
  }
  for (const net::Prefix& prefix : over) {
    remote.withdraw(prefix);
  }
}

void ReloadWorld::meet() {
  for (std::size_t i = 0; i < kNeighborSlots; ++i) {
    Slot& slot = *slots_[i];
    daemon::Neighbor* neighbor = speaker_.find(neighbor_name(i));
    if (neighbor == nullptr || neighbor->peer->established() || neighbor->config.session.shutdown) {
      continue;
    }
    slot.door.password = neighbor->config.session.password;
    slot.door.ttl_security = neighbor->config.session.ttl_security.has_value();
    slot.remote->set_options(remote_options(i, running_.config));
    trim(*neighbor, *slot.remote);
    neighbor->peer->start();
  }
  for (const auto& slot : slots_) {
    slot->door.open();
  }
  run(seconds(4));
}

bgp::PathAttributes ReloadWorld::some_attributes(std::size_t slot, bool internal, net::Afi afi) {
  bgp::PathAttributes made;
  for (std::size_t i = number(2); i > 0; --i) {
    bgp::prepend(made.as_path,
                 number(9) == 0 ? 65000U : 65100U + static_cast<std::uint32_t>(number(2)));
  }
  if (!internal) {
    bgp::prepend(made.as_path, neighbor_asn(slot));
  } else {
    made.local_preference = 100 + static_cast<std::uint32_t>(number(1));
  }
  const std::array<std::uint32_t, 6> communities{0xfde80001, 0xfde80002, 0xfde80003,
                                                 0xffffff01, 0xffff0000, 0xffff029a};
  net::ByteWriter writer(made.communities);
  for (const std::uint32_t community : communities) {
    if (number(5) == 0) {
      writer.u32(community);
    }
  }
  if (number(1) == 0) {
    made.med = static_cast<std::uint32_t>(number(3));
  }
  if (internal && number(3) == 0) {
    made.originator_id = number(3) == 0 ? 0x0a000008 : 0x01010101;
    net::ByteWriter(made.cluster_list).u32(number(3) == 0 ? 0x01020304 : 0x05050505);
  }
  if (afi == net::Afi::Ipv6) {
    made.next_hop = *net::IpAddress::parse(fmt::format("2001:db8:9::{}", slot + 1));
  } else {
    const std::array<std::string, 6> next_hops{
        neighbor_address(slot), neighbor_address(slot), "10.9.0.78", "10.9.0.77", "10.50.0.1",
        "203.0.113.9"};
    made.next_hop = *net::IpAddress::parse(next_hops[number(5)]);
  }
  return made;
}

void ReloadWorld::churn() {
  for (std::size_t i = 0; i < kNeighborSlots; ++i) {
    Remote& remote = *slots_[i]->remote;
    if (!remote.peer().established()) {
      continue;
    }
    const bool internal = remote.peer().negotiated().internal();
    for (std::size_t count = number(14); count > 0; --count) {
      const bool v6 = number(4) == 0;
      const net::Prefix prefix = *net::Prefix::parse(
          v6 ? fmt::format("2001:db8:{:x}::/48", 0x100 + number(5))
             : fmt::format("10.{}.{}.0/24", number(9) == 0 ? 70 : 100, number(24)));
      if (number(3) == 0) {
        remote.withdraw(prefix);
      } else {
        remote.announce(prefix, some_attributes(i, internal, prefix.afi()));
      }
    }
    // What it could announce in a family that it has not got now nobody can foresee.
    std::vector<net::Prefix> unseen;
    for (const auto& [prefix, attributes] : remote.announced()) {
      if (!remote.peer()
               .negotiated()
               .families[*net::family_index(net::RouteKey::unicast(prefix).family)]
               .active) {
        unseen.push_back(prefix);
      }
    }
    for (const net::Prefix& prefix : unseen) {
      remote.withdraw(prefix);
    }
  }
  run(seconds(2));
}

std::optional<config::Config> ReloadWorld::other_config() {
  nlohmann::json other = text_;
  std::string changed;
  for (std::size_t count = 1 + number(2); count > 0; --count) {
    changed += maker_.change(other) + "; ";
  }
  auto config = config::load_text(other.dump(), "sim.yaml");
  if (!config || !daemon::complete(config->config, &running_.config)) {
    return std::nullopt;
  }
  text_ = std::move(other);
  changed_ = std::move(changed);
  return std::move(config->config);
}

Foretold ReloadWorld::foretell(daemon::ReloadPlan& plan) {
  Foretold foretold;
  const auto rows = daemon::open_dry_run({loop_, running_, rib_, groups_, speaker_, kernel_}, plan,
                                         daemon::planned_routes(plan), true);
  const auto take = [&](const control::PlannedRow& row) {
    if (const auto* route = std::get_if<control::PlannedRoute>(&row)) {
      Changes& changes = route->while_down ? foretold.down : foretold.after;
      if (!changes.insert({route->neighbor, route->change, route->key.prefix}).second) {
        complain("said twice: {} {} {}", route->neighbor, route->change, route->key.to_string());
      }
    } else {
      const auto& neighbor = std::get<control::PlannedNeighbor>(row);
      foretold.neighbors.emplace(neighbor.name, neighbor);
    }
  };
  while (rows->next(100, take)) {
  }
  if (rows->failure()) {
    complain("the dry run failed: {}", rows->failure()->text);
  }
  return foretold;
}

std::string ReloadWorld::step() {
  complaints_.clear();
  meet();
  churn();
  const nlohmann::json text_before = text_;
  std::optional<config::Config> next;
  while (!next) {
    next = other_config();
  }
  const Picture before = picture();
  const std::size_t records = rib_.attributes().size();
  daemon::ReloadPlan foreseen = daemon::plan_reload(running_, *next);
  const Foretold foretold = foretell(foreseen);
  if (rib_.attributes().size() != records) {
    complain("the dry run left {} attribute sets", rib_.attributes().size() - records);
  }
  daemon::ReloadPlan plan = daemon::plan_reload(running_, std::move(*next));
  for (const auto& slot : slots_) {
    slot->door.shut();
  }
  reloader_.apply(plan, true);
  run(seconds(1));
  const Picture down = picture();
  std::set<std::string> returning;
  for (const auto& [name, row] : foretold.neighbors) {
    if (row.session.becomes == "reset") {
      returning.insert(name);
    }
    if (row.session.becomes == "reset" || row.session.becomes == "ends") {
      ++sessions_seen;
      slot_of(name).door.open();
    }
  }
  if (!returning.empty()) {
    Changes happened;
    compare_routes(before, down, &returning, happened);
    compare_kernel(before, down, happened);
    check(foretold.down, happened, "while sessions are down");
  }
  run(seconds(3));
  const Picture after = picture();
  Changes happened;
  compare_routes(before, after, nullptr, happened);
  compare_kernel(before, after, happened);
  check(foretold.after, happened, "afterwards");
  check_counts(foretold, before);
  check_sessions(foretold, before, after);
  check_restarts(foretold);
  changes_seen += happened.size();
  if (!complaints_.empty()) {
    complaints_ = fmt::format("changed: {}\nbefore: {}\nafter: {}\n{}", changed_,
                              text_before.dump(), text_.dump(), complaints_);
  }
  return complaints_;
}

}  // namespace pipit::sim
