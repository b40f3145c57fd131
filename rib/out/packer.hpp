// Turns the changes of one batch into octets, once for a whole audience: changes are sorted into
// buckets by what they announce, each bucket becomes as few messages as possible.
//
// Split horizon is exact: what announces a member's own route, or withdraws what only others have,
// stands in marked parts of the shared buffers, which are cut out of what that member gets;
// withdrawals for one member alone go into a buffer of their own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "bgp/wire/nlri.hpp"
#include "net/bytes.hpp"
#include "net/slice.hpp"
#include "net/steady_array.hpp"
#include "rib/out/audience.hpp"
#include "rib/out/exporter.hpp"
#include "rib/store/attribute_store.hpp"
#include "rib/table/loc_rib.hpp"

namespace pipit::rib {

/// Who of an audience may have a route from before.
struct Held {
  bool any = false;             // somebody
  bool by_source = false;       // the source of the new route
  SourceId exempt = kNoSource;  // who certainly has not, when `any`
};

/// What encoding came to.
struct Encoded {
  std::uint64_t messages = 0;  // UPDATEs
  std::uint64_t octets = 0;    // of these
};

/// Reused from batch to batch and from group to group.
class Packer {
 public:
  /// Shared buffers are closed when they reach this size.
  static constexpr std::size_t kChunk = 128 * 1024;

  /// Starts a batch for an audience that stays as it is until finish().
  void begin(const Audience& audience);

  /// Each destination at most once in a batch. `block`: where the attributes stand in the scratch
  /// that finish() gets, if anywhere.
  void announce(DestinationId destination,
                const StoredRoute& route,
                const Held& held,
                OutgoingBlocks::Number block = OutgoingBlocks::kNone);
  void withdraw(DestinationId destination, const Held& held);

  /// Encodes the batch, sends it to the audience and adds to `encoded`. Destinations whose
  /// attributes do not fit one message are withdrawn instead and appended to `refused`.
  void finish(const LocRib& routes,
              const Exporter& exporter,
              ExportScratch& scratch,
              std::vector<DestinationId>& refused,
              Encoded& encoded);

  /// Octets of the buffers, which stay for the next batch.
  std::size_t memory() const;

 private:
  static constexpr std::uint32_t kNone = Membership::kNone;

  struct Item {
    DestinationId destination;
    std::uint32_t next = kNone;  // in its bucket
    bool held = false;
    SourceId exempt = kNoSource;
  };

  struct Bucket {
    StoredRoute route;
    OutgoingBlocks::Number block = OutgoingBlocks::kNone;
    std::uint32_t first = kNone;
    std::uint32_t last = kNone;
    std::uint32_t next = kNone;         // in its lane
    std::uint32_t same_handle = kNone;  // another bucket with the handle, of another source
  };

  /// A part of a chunk (or of the private buffer) that concerns one member.
  struct Mark {
    std::uint32_t chunk = 0;
    std::uint32_t offset = 0;
    std::uint32_t end = 0;
    std::uint32_t next = kNone;
  };

  Membership::Lane& lane(SourceId source);
  Membership* member_of(SourceId source) const;
  std::uint32_t bucket_of(const StoredRoute& route, OutgoingBlocks::Number block);
  std::uint32_t new_bucket(const StoredRoute& route);
  void put(std::uint32_t bucket, const Item& item);
  void put_withdrawal(DestinationId destination, SourceId exempt);

  void gather(const LocRib& routes,
              const Bucket& bucket,
              std::optional<std::uint32_t> label = std::nullopt);
  std::uint32_t gather_alike(const LocRib& routes,
                             const ExportScratch& scratch,
                             std::uint32_t first,
                             const std::optional<bgp::AttributeBlock>& block);
  void refuse(std::uint32_t first, std::uint32_t end, std::vector<DestinationId>& refused);
  void encode_announced(const LocRib& routes,
                        const Exporter& exporter,
                        ExportScratch& scratch,
                        std::vector<DestinationId>& refused);
  void encode_lane(Membership* member,
                   const LocRib& routes,
                   const Exporter& exporter,
                   ExportScratch& scratch,
                   std::vector<DestinationId>& refused);
  void encode_withdrawn(const LocRib& routes, const Exporter& exporter);
  void encode_private(const LocRib& routes, const Exporter& exporter);
  void mark(Membership* member, std::size_t from);
  void close_chunk();
  void deliver();
  void count(Encoded& encoded) const;
  void cut(const Membership& member);

  const Audience* audience_ = nullptr;
  std::vector<Membership*> by_source_;
  Membership::Lane everyone_;                  // routes of sources outside the audience
  net::SteadyArray<std::uint32_t> by_handle_;  // newest bucket; trusted when that bucket agrees
  std::vector<Item> items_;
  std::vector<Bucket> buckets_;
  bgp::NlriList nlri_;
  bool vpn_ = false;   // the family's NLRI have VPN parts
  net::Bytes octets_;  // the chunk that is being written
  std::vector<net::Slice> chunks_;
  std::vector<Mark> marks_;
  net::Bytes private_octets_;
  net::Slice private_;
  std::vector<net::Slice> pieces_;
};

}  // namespace pipit::rib
