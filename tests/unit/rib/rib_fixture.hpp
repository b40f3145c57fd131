// What the tests of the RIB share: a loop that runs tasks when told to, and a RIB with neighbors.
#pragma once

#include <algorithm>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "bgp/wire/as_path.hpp"
#include "bgp/wire/update.hpp"
#include "net/loop.hpp"
#include "rib/rib.hpp"
#include "tests/unit/rib/igp_table.hpp"

namespace pipit::rib {

/// A loop with a clock that stands still and a queue that is run by hand.
class ManualLoop final : public net::Loop {
 public:
  net::TimePoint now() const override { return now_; }

  net::WallTime wall_now() const override { return net::WallTime(now_.time_since_epoch()); }

  std::uint64_t random_seed() override { return 1; }

  void advance(net::Duration by) { now_ += by; }

  /// Runs one slice of the first task; false when none is scheduled.
  bool step() {
    if (queue_.empty()) {
      return false;
    }
    net::Task& task = *queue_.front();
    queue_.pop_front();
    run_slice(task);
    return true;
  }

  void settle() {
    while (step()) {
    }
  }

 protected:
  void enqueue(net::Task& task) override { queue_.push_back(&task); }

  void dequeue(net::Task& task) override { std::erase(queue_, &task); }

 private:
  net::TimePoint now_{std::chrono::hours(1)};
  std::deque<net::Task*> queue_;
};

inline net::RouteKey route(std::string_view text) {
  return net::RouteKey::parse(text).value();
}

inline net::Prefix prefix(std::string_view text) {
  return *net::Prefix::parse(text);
}

inline net::IpAddress address(std::string_view text) {
  return *net::IpAddress::parse(text);
}

/// Attributes as a test writes them.
struct RouteText {
  std::string as_path = "64501";
  std::string next_hop = "192.0.2.1";
  std::optional<std::uint32_t> local_preference;
  std::optional<std::uint32_t> med;
  bgp::Origin origin = bgp::Origin::Igp;
  std::optional<std::uint32_t> originator_id;
  std::vector<std::uint32_t> cluster_list;
};

inline bgp::PathAttributes attributes(const RouteText& text) {
  bgp::PathAttributes made;
  made.as_path = *bgp::parse_as_path(text.as_path);
  made.origin = text.origin;
  made.local_preference = text.local_preference;
  made.med = text.med;
  made.originator_id = text.originator_id;
  net::ByteWriter clusters(made.cluster_list);
  for (const std::uint32_t cluster : text.cluster_list) {
    clusters.u32(cluster);
  }
  return made;
}

inline bgp::UpdateMessage announcement(const RouteText& text,
                                       const std::vector<std::string>& prefixes,
                                       std::uint32_t path_id = 0) {
  bgp::UpdateMessage update;
  update.attributes = attributes(text);
  bgp::Reachable& part = update.reachable.emplace_back();
  part.next_hop = address(text.next_hop);
  for (const std::string& one : prefixes) {
    part.nlri.push_back({prefix(one), path_id});
  }
  part.family = net::RouteKey::unicast(part.nlri.front().prefix).family;
  return update;
}

inline bgp::UpdateMessage withdrawal(const std::vector<std::string>& prefixes,
                                     std::uint32_t path_id = 0) {
  bgp::UpdateMessage update;
  bgp::Unreachable& part = update.unreachable.emplace_back();
  for (const std::string& one : prefixes) {
    part.nlri.push_back({prefix(one), path_id});
  }
  part.family = net::RouteKey::unicast(part.nlri.front().prefix).family;
  return update;
}

/// A RIB with a default route of the kernel, so that every next hop resolves.
struct RibFixture {
  ManualLoop loop;
  Rib rib;
  IgpTable igp{rib.next_hops()};

  explicit RibFixture(RibOptions options = {.asn = 64500, .router_id = 1, .cluster_id = 1})
      : rib(options, loop) {
    set_route("0.0.0.0/0", 10);
    set_route("::/0", 10);
    rib.next_hops().settle();
    loop.settle();
  }

  void set_route(std::string_view to, std::uint32_t metric, bool connected = false) {
    const IgpHop hop{.gateway = std::nullopt, .interface_index = 2};
    igp.set(prefix(to), {.hops = {hop}, .metric = metric, .connected = connected});
  }

  /// Adds an Established neighbor; policy: accept.
  SourceId neighbor(std::string_view at, std::uint32_t asn, std::uint32_t router_id) {
    Source source;
    source.name = at;
    source.established = true;
    source.internal = asn == rib.options().asn;
    source.asn = asn;
    source.local_asn = rib.options().asn;
    source.router_id = router_id;
    source.cluster_id = rib.options().cluster_id;
    source.address = address(at);
    source.import_policy = policy::accept_all();
    return rib.add_source(std::move(source));
  }

  void announce(SourceId from, const RouteText& text, const std::vector<std::string>& prefixes) {
    rib.on_update(from, announcement(text, prefixes));
  }

  void withdraw(SourceId from, const std::vector<std::string>& prefixes) {
    rib.on_update(from, withdrawal(prefixes));
  }

  const Table& table(const net::Prefix& of) const {
    return rib.table(net::RouteKey::unicast(of).family);
  }

  std::optional<BestPath> best(std::string_view of) const {
    const net::Prefix wanted = prefix(of);
    const DestinationId id = table(wanted).find(net::RouteKey::unicast(wanted));
    return id == kNoDestination ? std::nullopt : table(wanted).best(id);
  }

  SourceId best_source(std::string_view of) const {
    const auto found = best(of);
    return found ? found->source : kNoSource;
  }

  /// The path of a source; nullptr when it has none or it is void.
  const Path* path(std::string_view of, SourceId from, std::uint32_t path_id = 0) const {
    const net::Prefix wanted = prefix(of);
    const Table& in = table(wanted);
    const DestinationId id = in.find(net::RouteKey::unicast(wanted));
    if (id == kNoDestination) {
      return nullptr;
    }
    for (std::uint32_t slot = in.destinations()[id].first_path; slot != kNoSlot;) {
      const Path& one = in.path(slot);
      if (one.source == from && one.path_id == path_id && !in.is_void(one)) {
        return &one;
      }
      slot = one.next;
    }
    return nullptr;
  }

  Reason reason(std::string_view of, SourceId from) const {
    const Path* found = path(of, from);
    return found == nullptr ? Reason::Undecided : found->reason;
  }

  const SourceCounters& counters(SourceId of, net::Family family = net::kIpv4Unicast) const {
    return rib.sources()[of].counters[*net::family_index(family)];
  }
};

}  // namespace pipit::rib
