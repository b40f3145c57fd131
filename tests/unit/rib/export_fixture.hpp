// What the tests of the export side share: a receiver that decodes what it is sent and keeps the
// table that a real peer would have.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bgp/wire/nlri_fields.hpp"
#include "bgp/wire/route_refresh.hpp"
#include "rib/out/update_groups.hpp"
#include "tests/unit/catch.hpp"
#include "tests/unit/rib/rib_fixture.hpp"

namespace pipit::rib {

/// The far end of a session.
class Receiver final : public MemberOutput {
 public:
  Receiver(bool internal, std::size_t max_message = bgp::kMaxMessage) {
    session_.local_asn = internal ? 64500 : 64999;
    session_.peer_asn = 64500;
    session_.four_octet_as = true;
    session_.extended_message = max_message > bgp::kMaxMessage;
    for (bgp::NegotiatedFamily& family : session_.families) {
      family.active = true;
    }
  }

  void send(std::span<const net::Slice> slices) override {
    for (const net::Slice& slice : slices) {
      REQUIRE(slice.length != 0);
      queue_.push_back(slice);
      queued_ += slice.length;
    }
    ++sends;
  }

  bool congested() const override { return congested_; }

  std::size_t queued_octets() const override { return queued_; }

  void overrun() override { ++overruns; }

  std::optional<net::Slice> take_back() override {
    if (queue_.empty() || bgp::nlri_fields(bgp::first_message(queue_.back().view())).empty()) {
      return std::nullopt;
    }
    net::Slice taken = std::move(queue_.back());
    queue_.pop_back();
    queued_ -= taken.length;
    return taken;
  }

  void recalled() override {
    ++recalls;
    congested_ = false;
    if (on_recalled) {
      on_recalled();
    }
  }

  /// From now on octets stay in the queue, and the queue counts as too long.
  void stall() { congested_ = true; }

  /// Takes in all that is queued. The caller tells UpdateGroups::resume() where it was stalled.
  void drain() {
    congested_ = false;
    drain(queue_.size());
  }

  /// Takes in the oldest slices, and stays stalled where it was.
  void drain(std::size_t slices) {
    for (; slices != 0 && !queue_.empty(); --slices) {
      read(queue_.front().view());
      queued_ -= queue_.front().length;
      queue_.pop_front();
    }
  }

  using Table = std::map<net::Prefix, bgp::PathAttributes>;

  Table table;
  std::map<net::RouteKey, bgp::PathAttributes> vpn;  // of the families with Route Distinguishers
  std::map<net::Prefix, unsigned> announced;         // how often each prefix came
  unsigned idle_withdrawals = 0;                     // of what was not held
  unsigned repeated = 0;                             // announcements of exactly what was held
  unsigned end_of_ribs = 0;
  unsigned messages = 0;
  unsigned sends = 0;
  unsigned overruns = 0;
  unsigned recalls = 0;
  std::function<void()> on_recalled;
  std::vector<bgp::RefreshSubtype> refreshes;
  std::uint32_t router_id = 0;  // of this neighbor: no route of its own may come back to it

 private:
  void read(net::ByteView octets) {
    net::ByteReader reader(octets);
    while (!reader.empty()) {
      const net::ByteView header = reader.take(bgp::kHeaderSize);
      REQUIRE(reader.ok());
      const std::size_t length = std::size_t{header[16]} * 256 + header[17];
      REQUIRE(length >= bgp::kHeaderSize);
      REQUIRE(length <= session_.max_message());
      const net::ByteView body = reader.take(length - bgp::kHeaderSize);
      REQUIRE(reader.ok());
      ++messages;
      if (header[18] == 5) {
        refresh(body);
      } else {
        REQUIRE(header[18] == 2);
        update(body);
      }
    }
  }

  void refresh(net::ByteView body) {
    session_.enhanced_route_refresh = true;
    const auto decoded = bgp::decode_route_refresh(body, session_);
    REQUIRE(decoded);
    REQUIRE(*decoded);
    refreshes.push_back((*decoded)->subtype);
  }

  void update(net::ByteView body) {
    REQUIRE(bgp::decode_update(body, session_, message_));
    REQUIRE(message_.errors.empty());
    end_of_ribs += message_.end_of_rib ? 1 : 0;
    for (const bgp::Unreachable& part : message_.unreachable) {
      for (std::size_t i = 0; i < part.nlri.vpn().size(); ++i) {
        idle_withdrawals += vpn.erase(bgp::NlriView(part.nlri).key(part.family, i)) == 0 ? 1 : 0;
      }
      if (!part.nlri.vpn().empty()) {
        continue;
      }
      for (const bgp::Nlri& nlri : part.nlri) {
        idle_withdrawals += table.erase(nlri.prefix) == 0 ? 1 : 0;
      }
    }
    for (const bgp::Reachable& part : message_.reachable) {
      bgp::PathAttributes attributes = message_.attributes;
      attributes.next_hop = part.next_hop;
      attributes.link_local_next_hop = part.link_local_next_hop;
      REQUIRE((router_id == 0 || attributes.originator_id != router_id));
      for (std::size_t i = 0; i < part.nlri.vpn().size(); ++i) {
        attributes.label = part.nlri.vpn()[i].label;
        vpn[bgp::NlriView(part.nlri).key(part.family, i)] = attributes;
      }
      if (!part.nlri.vpn().empty()) {
        continue;
      }
      for (const bgp::Nlri& nlri : part.nlri) {
        ++announced[nlri.prefix];
        const auto held = table.find(nlri.prefix);
        repeated += held != table.end() && held->second == attributes ? 1 : 0;
        table[nlri.prefix] = attributes;
      }
    }
  }

  bgp::Negotiated session_;
  bgp::UpdateMessage message_;
  std::deque<net::Slice> queue_;
  std::size_t queued_ = 0;  // octets
  bool congested_ = false;
};

/// A RIB with update groups behind it.
struct ExportFixture : RibFixture {
  UpdateGroups groups;

  explicit ExportFixture(const ExportLimits& limits = {})
      : RibFixture(own_options()),
        groups(loop, rib.attributes(), rib.sources(), rib.loc_ribs(), limits, &rib.next_hops()) {}

  static RibOptions own_options() {
    RibOptions options;
    options.asn = 64500;
    options.router_id = 1;
    options.cluster_id = 1;
    return options;
  }

  /// An iBGP neighbor of AS 64500.
  SourceId internal_neighbor(std::string_view at, std::uint32_t router_id, bool client) {
    const SourceId id = neighbor(at, 64500, router_id);
    rib.sources()[id].client = client;
    return id;
  }

  MemberInfo member_info(SourceId source) const {
    const Source& from = rib.sources()[source];
    MemberInfo info;
    info.source = source;
    info.internal = from.internal;
    info.client = from.client;
    info.local_asn = 64500;
    info.cluster_id = 1;
    info.families[0].emplace().self_next_hop = address("10.0.0.1");
    return info;
  }

  DestinationId find(std::string_view of) const { return table(prefix(of)).find(route(of)); }
};

}  // namespace pipit::rib
