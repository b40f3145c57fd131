// One configured neighbor: its options, its Peer, its place in the RIB as a source of routes and in
// the update groups as a receiver. Owned by the Speaker, read by the views for control/.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>

#include "bgp/session/peer.hpp"
#include "config/config.hpp"
#include "net/family.hpp"
#include "net/log.hpp"
#include "policy/policy.hpp"
#include "rib/out/member.hpp"
#include "rib/table/source.hpp"

namespace pipit::daemon {

/// The compiled policies of a neighbor; never null.
struct NeighborPolicies {
  policy::PolicyRef imports;
  policy::PolicyRef exports;

  friend bool operator==(const NeighborPolicies&, const NeighborPolicies&) = default;
};

class Neighbor final : public rib::MemberOutput {
 public:
  Neighbor(config::NeighborConfig options, NeighborPolicies compiled)
      : config(std::move(options)), policies(std::move(compiled)) {}

  // rib::MemberOutput: what the update groups write goes into the session's queue.
  void send(std::span<const net::Slice> messages) override { peer->send(messages); }

  bool congested() const override { return peer->congested(); }

  std::size_t queued_octets() const override { return peer->queued_octets(); }

  std::optional<net::Slice> take_back() override { return peer->take_back(); }

  void recalled() override { peer->resume_writing(); }

  void overrun() override {
    net::log(net::LogPart::Bgp, net::LogLevel::Warning,
             "{}: does not read, and too many withdrawn routes wait for it: the session ends",
             name());
    peer->reset(bgp::cease(bgp::CeaseSubcode::OutOfResources));
  }

  const std::string& name() const { return config.session.name; }

  /// By configuration: `external` is any AS but ours.
  bool internal() const {
    const bgp::ExpectedAsn& expected = config.session.expected_asn;
    return expected.kind == bgp::ExpectedAsn::Kind::Internal ||
           (expected.kind == bgp::ExpectedAsn::Kind::Number &&
            expected.number == config.session.local_asn);
  }

  config::NeighborConfig config;  // session.local_asn, .router_id and .hostname filled in
  NeighborPolicies policies;
  rib::SourceId source = rib::kNoSource;
  std::optional<rib::MemberId> member;  // of the update groups, while Established
  std::array<bool, net::kFamilyCount> end_of_rib_received{};
  std::optional<net::TimePoint> went_down_at;  // the end of the last Established session
  std::unique_ptr<bgp::Peer> peer;
  net::Subscription message_log;  // while the Speaker logs messages
};

}  // namespace pipit::daemon
