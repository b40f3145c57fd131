// The way of one route to the members of one group: rules, policy, transform. Used by the group for
// every route, by the views and `explain` for one.
//
// What a group remembers of a route that it sent is a StoredRoute. Where policy cannot tell
// prefixes apart that is the Loc-RIB's own handle, and the outgoing attributes are made again when
// they are encoded: no second record per route. Where policy asks for the prefix, or for the way to
// the next hop, the outgoing attributes are interned and that handle is stored.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "bgp/wire/attributes.hpp"
#include "net/address.hpp"
#include "net/route_key.hpp"
#include "policy/policy.hpp"
#include "rib/out/export_rules.hpp"
#include "rib/out/group_key.hpp"
#include "rib/out/outgoing_blocks.hpp"
#include "rib/store/attribute_store.hpp"
#include "rib/table/loc_rib.hpp"
#include "rib/table/source.hpp"

namespace pipit::rib {

/// A route in an Adj-RIB-Out.
struct StoredRoute {
  AttributeHandle handle = AttributeHandle::None;  // None: not advertised
  SourceId source = kNoSource;

  explicit operator bool() const { return handle != AttributeHandle::None; }

  friend bool operator==(const StoredRoute&, const StoredRoute&) = default;
};

/// Buffers that attributes are made in; results refer to them until the next use.
struct ExportScratch {
  bgp::PathAttributes working;
  TransformScratch transform;
  OutgoingBlocks blocks;  // of the batch that is being chosen; whoever begins one clears it
  net::Bytes octets;      // of a block that was not kept
  net::Bytes compared;
};

class Exporter {
 public:
  /// All of it must outlive the exporter. Without `next_hops` no next hop is reachable for policy.
  Exporter(GroupKey key,
           AttributeStore& store,
           const Sources& sources,
           const policy::NextHopResolver* next_hops = nullptr);
  Exporter(const Exporter&) = delete;
  Exporter& operator=(const Exporter&) = delete;

  ~Exporter() { end_batch(); }

  const GroupKey& key() const { return key_; }

  /// True when the policy's outcome depends on the prefix, or on more than the attributes.
  bool by_prefix() const { return by_prefix_; }

  struct Result {
    ExportVerdict verdict = ExportVerdict::NoRoute;
    policy::Outcome policy;          // accepted without a rule where no policy ran
    bool passed = false;             // it came to policy
    bgp::AttributesView attributes;  // as sent, when Advertised; refers to the store and scratch
  };

  /// The whole pipeline for one route.
  Result run(const net::RouteKey& key,
             const BestPath& best,
             ExportScratch& scratch,
             Trace* trace = nullptr) const;

  /// Forgets remembered verdicts: handles may have changed their meaning since. Call it before
  /// each batch.
  void begin_batch();
  /// Gives back what is held for evaluate() to remember: call it at the end of a batch.
  void end_batch();

  struct Judged {
    StoredRoute route;                                     // empty when it is not advertised
    OutgoingBlocks::Number block = OutgoingBlocks::kNone;  // in the scratch, for this batch
  };

  /// What to store for the destination's best path. When by_prefix(), the caller gets a reference
  /// to the handle.
  Judged evaluate(const LocRib& routes, DestinationId destination, ExportScratch& scratch);

  /// The outgoing attributes of what evaluate() returned. nullopt: what is known of the source has
  /// changed since, and now forbids it.
  std::optional<bgp::AttributesView> outgoing(const StoredRoute& route,
                                              ExportScratch& scratch) const;

  /// The same in wire form: what evaluate() kept of this batch, or made again.
  std::optional<bgp::AttributeBlock> block(const StoredRoute& route,
                                           OutgoingBlocks::Number kept,
                                           ExportScratch& scratch) const;

 private:
  static constexpr std::size_t kMemory = 1024;
  static constexpr std::size_t kMaxTrail = std::size_t{16} * kMemory;

  /// What came out for attributes of a source, for as long as a batch: nothing that the outcome
  /// depends on changes meanwhile.
  struct Remembered {
    StoredRoute route;
    std::uint32_t batch = 0;
    OutgoingBlocks::Number block = OutgoingBlocks::kNone;
    bool advertised = false;
    bool passed = false;  // it came to policy
  };

  /// The same, of a policy.
  struct Passage {
    policy::PrefixClasses::Number number = 0;  // of the prefixes that it is about
    std::uint32_t first_hit = 0;               // in trail_
    std::uint32_t hits = 0;
    AttributeHandle out = AttributeHandle::None;  // by_prefix(): what is sent; holds a reference
  };

  Judged judge(const policy::RouteFacts& facts,
               const BestPath& best,
               ExportScratch& scratch,
               Remembered& into);
  Judged recall(std::size_t slot, SourceId source);

  bool next_hop_of_neighbor(const bgp::AttributesView& attributes, const Source& source) const;
  Result run(const policy::RouteFacts& facts,
             const BestPath& best,
             ExportScratch& scratch,
             Trace* trace) const;
  void pass_unchanged(const policy::RouteFacts& facts,
                      const bgp::AttributesView& attributes,
                      ExportScratch& scratch,
                      Trace* trace) const;
  policy::RouteFacts facts_of(const net::Prefix& prefix, const Source& source) const;

  GroupKey key_;
  AttributeStore& store_;
  const Sources& sources_;
  const policy::NextHopResolver* next_hops_;
  net::Prefix any_prefix_;  // stands for all of the family where policy cannot tell them apart
  bool by_prefix_ = false;
  bool run_policy_ = false;
  std::uint32_t batch_ = 1;
  std::array<Remembered, kMemory> memory_{};
  // Of policies only:
  const policy::PrefixClasses* classes_ = nullptr;
  bool remembers_ = true;
  std::vector<Passage> passages_;    // beside memory_
  std::vector<std::uint16_t> used_;  // of passages_, in this batch
  policy::Trail trail_;
};

/// True when the attributes, next hop included, are the same octet for octet.
bool same_attributes(const bgp::AttributesView& a, const bgp::AttributesView& b);

/// A stored route with the exporter that gives it its outgoing form.
struct OutgoingRoute {
  const Exporter& exporter;
  StoredRoute route;
  OutgoingBlocks::Number block = OutgoingBlocks::kNone;  // where evaluate() kept it in this batch
};

/// True when both come out with the same octets: sending one after the other would be of no use.
bool same_outgoing(const OutgoingRoute& a, const OutgoingRoute& b, ExportScratch& scratch);

}  // namespace pipit::rib
