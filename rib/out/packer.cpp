#include "rib/out/packer.hpp"

#include <utility>

#include "bgp/wire/family_table.hpp"
#include "bgp/wire/update.hpp"
#include "net/footprint.hpp"

namespace pipit::rib {

void Packer::begin(const Audience& audience) {
  audience_ = &audience;
  everyone_ = {};
  for (Membership* member : audience.members) {
    member->lane = {};
    if (member->source >= by_source_.size()) {
      by_source_.resize(std::size_t{member->source} + 1, nullptr);
    }
    by_source_[member->source] = member;
  }
  items_.clear();
  buckets_.clear();
}

std::size_t Packer::memory() const {
  return net::reserved(by_source_) + by_handle_.memory() + net::reserved(items_) +
         net::reserved(buckets_) + nlri_.memory() + net::reserved(octets_) +
         net::reserved(chunks_) + net::reserved(marks_) + net::reserved(private_octets_) +
         net::reserved(pieces_);
}

Membership* Packer::member_of(SourceId source) const {
  return source < by_source_.size() ? by_source_[source] : nullptr;
}

Membership::Lane& Packer::lane(SourceId source) {
  Membership* const member = member_of(source);
  return member != nullptr ? member->lane : everyone_;
}

std::uint32_t Packer::new_bucket(const StoredRoute& route) {
  buckets_.push_back({.route = route});
  return static_cast<std::uint32_t>(buckets_.size() - 1);
}

std::uint32_t Packer::bucket_of(const StoredRoute& route, OutgoingBlocks::Number block) {
  const auto handle = static_cast<std::uint32_t>(route.handle);
  std::uint32_t& last_made = by_handle_.touch(handle);
  const std::uint32_t newest = last_made;
  const bool known = newest < buckets_.size() && buckets_[newest].route.handle == route.handle;
  for (std::uint32_t i = known ? newest : kNone; i != kNone; i = buckets_[i].same_handle) {
    if (buckets_[i].route.source == route.source) {
      return i;
    }
  }
  const std::uint32_t made = new_bucket(route);
  buckets_[made].block = block;
  buckets_[made].same_handle = known ? newest : kNone;
  last_made = made;
  Membership::Lane& owner = lane(route.source);
  if (owner.first_bucket == kNone) {
    owner.first_bucket = made;
  } else {
    buckets_[owner.last_bucket].next = made;
  }
  owner.last_bucket = made;
  return made;
}

void Packer::put(std::uint32_t bucket, const Item& item) {
  const auto made = static_cast<std::uint32_t>(items_.size());
  items_.push_back(item);
  Bucket& into = buckets_[bucket];
  if (into.first == kNone) {
    into.first = made;
  } else {
    items_[into.last].next = made;
  }
  into.last = made;
}

void Packer::announce(DestinationId destination,
                      const StoredRoute& route,
                      const Held& held,
                      OutgoingBlocks::Number block) {
  put(bucket_of(route, block),
      {.destination = destination, .held = held.any, .exempt = held.exempt});
  Membership* const source = held.by_source ? member_of(route.source) : nullptr;
  if (source != nullptr) {
    if (source->lane.only == kNone) {
      source->lane.only = new_bucket({});
    }
    put(source->lane.only, {.destination = destination});
  }
}

void Packer::put_withdrawal(DestinationId destination, SourceId exempt) {
  Membership::Lane& owner = lane(exempt);
  if (owner.withdrawals == kNone) {
    owner.withdrawals = new_bucket({});
  }
  put(owner.withdrawals, {.destination = destination});
}

void Packer::withdraw(DestinationId destination, const Held& held) {
  if (held.any) {
    put_withdrawal(destination, held.exempt);
  }
}

/// Appends the NLRI of a bucket.
void Packer::gather(const LocRib& routes,
                    const Bucket& bucket,
                    std::optional<std::uint32_t> label) {
  for (std::uint32_t i = bucket.first; i != kNone; i = items_[i].next) {
    if (vpn_) {
      const net::RouteKey key = routes.key(items_[i].destination);
      nlri_.push_back({key.prefix, 0}, {key.distinguisher, label.value_or(0)});
    } else {
      nlri_.push_back({routes.prefix(items_[i].destination), 0});
    }
  }
}

/// Gathers a bucket of a lane, and those behind it whose attributes differ in nothing but the
/// label, which stands with the NLRI. Returns the first one that is not among them.
std::uint32_t Packer::gather_alike(const LocRib& routes,
                                   const ExportScratch& scratch,
                                   std::uint32_t first,
                                   const std::optional<bgp::AttributeBlock>& block) {
  nlri_.clear();
  const auto label_of = [](const std::optional<bgp::AttributeBlock>& of) {
    return of ? of->label : std::nullopt;
  };
  gather(routes, buckets_[first], label_of(block));
  std::uint32_t next = buckets_[first].next;
  while (vpn_ && block && next != kNone && buckets_[next].block != OutgoingBlocks::kNone) {
    bgp::AttributeBlock other = scratch.blocks.at(buckets_[next].block);
    const auto label = std::exchange(other.label, block->label);
    if (other != *block) {
      break;
    }
    gather(routes, buckets_[next], label);
    next = buckets_[next].next;
  }
  return next;
}

void Packer::mark(Membership* member, std::size_t from) {
  if (member == nullptr || octets_.size() == from) {
    return;
  }
  const auto chunk = static_cast<std::uint32_t>(chunks_.size());
  Membership::Lane& lane = member->lane;
  if (lane.last_mark != kNone && marks_[lane.last_mark].chunk == chunk &&
      marks_[lane.last_mark].end == from) {
    marks_[lane.last_mark].end = static_cast<std::uint32_t>(octets_.size());
    return;
  }
  const auto made = static_cast<std::uint32_t>(marks_.size());
  marks_.push_back(
      {chunk, static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(octets_.size()), kNone});
  if (lane.last_mark == kNone) {
    lane.first_mark = made;
  } else {
    marks_[lane.last_mark].next = made;
  }
  lane.last_mark = made;
}

void Packer::close_chunk() {
  if (!octets_.empty()) {
    chunks_.push_back(net::Slice::whole(net::Bytes(octets_)));
    octets_.clear();
  }
}

/// Withdraws the routes of the buckets from `first` to `end` of a lane, which cannot be sent.
void Packer::refuse(std::uint32_t first, std::uint32_t end, std::vector<DestinationId>& refused) {
  for (std::uint32_t bucket = first; bucket != end; bucket = buckets_[bucket].next) {
    for (std::uint32_t i = buckets_[bucket].first; i != kNone; i = items_[i].next) {
      const Item item = items_[i];
      refused.push_back(item.destination);
      if (item.held) {
        put_withdrawal(item.destination, item.exempt);
      }
    }
  }
}

void Packer::encode_lane(Membership* member,
                         const LocRib& routes,
                         const Exporter& exporter,
                         ExportScratch& scratch,
                         std::vector<DestinationId>& refused) {
  const bgp::EncodeOptions options = exporter.key().encoding();
  std::uint32_t next = member != nullptr ? member->lane.first_bucket : everyone_.first_bucket;
  while (next != kNone) {
    const std::uint32_t first = next;
    const std::size_t from = octets_.size();
    const auto block = exporter.block(buckets_[first].route, buckets_[first].block, scratch);
    next = gather_alike(routes, scratch, first, block);
    if (!block || !bgp::encode_announcements(*block, routes.family(), nlri_, options, octets_)) {
      refuse(first, next, refused);
      continue;
    }
    mark(member, from);
    if (octets_.size() >= kChunk) {
      close_chunk();
    }
  }
}

void Packer::encode_announced(const LocRib& routes,
                              const Exporter& exporter,
                              ExportScratch& scratch,
                              std::vector<DestinationId>& refused) {
  encode_lane(nullptr, routes, exporter, scratch, refused);
  for (Membership* member : audience_->members) {
    if (member->lane.first_bucket != kNone) {
      encode_lane(member, routes, exporter, scratch, refused);
    }
  }
}

void Packer::encode_withdrawn(const LocRib& routes, const Exporter& exporter) {
  const bgp::EncodeOptions options = exporter.key().encoding();
  const auto encode = [&](std::uint32_t bucket, Membership* member) {
    if (bucket == kNone) {
      return;
    }
    nlri_.clear();
    gather(routes, buckets_[bucket]);
    const std::size_t from = octets_.size();
    bgp::encode_withdrawals(routes.family(), nlri_, options, octets_);
    mark(member, from);
    if (octets_.size() >= kChunk) {
      close_chunk();
    }
  };
  encode(everyone_.withdrawals, nullptr);
  for (Membership* member : audience_->members) {
    encode(member->lane.withdrawals, member);
  }
}

void Packer::encode_private(const LocRib& routes, const Exporter& exporter) {
  for (Membership* member : audience_->members) {
    Membership::Lane& lane = member->lane;
    if (lane.only == kNone) {
      continue;
    }
    nlri_.clear();
    gather(routes, buckets_[lane.only]);
    lane.private_offset = static_cast<std::uint32_t>(private_octets_.size());
    bgp::encode_withdrawals(routes.family(), nlri_, exporter.key().encoding(), private_octets_);
    lane.private_length = static_cast<std::uint32_t>(private_octets_.size()) - lane.private_offset;
  }
  if (!private_octets_.empty()) {
    private_ = net::Slice::whole(net::Bytes(private_octets_));
    private_octets_.clear();
  }
}

void Packer::cut(const Membership& member) {
  pieces_.clear();
  std::uint32_t next = member.lane.first_mark;
  for (std::uint32_t chunk = 0; chunk < chunks_.size(); ++chunk) {
    const net::Slice& whole = chunks_[chunk];
    std::uint32_t at = 0;
    for (; next != kNone && marks_[next].chunk == chunk; next = marks_[next].next) {
      if (marks_[next].offset != at) {
        pieces_.push_back({whole.buffer, at, marks_[next].offset - at});
      }
      at = marks_[next].end;
    }
    if (at != whole.length) {
      pieces_.push_back({whole.buffer, at, whole.length - at});
    }
  }
  if (member.lane.private_length != 0) {
    pieces_.push_back({private_.buffer, member.lane.private_offset, member.lane.private_length});
  }
}

void Packer::deliver() {
  for (const Membership* member : audience_->members) {
    if (member->lane.first_mark == kNone && member->lane.private_length == 0) {
      if (!chunks_.empty()) {
        member->output->send(chunks_);
      }
      continue;
    }
    cut(*member);
    if (!pieces_.empty()) {
      member->output->send(pieces_);
    }
  }
}

void Packer::count(Encoded& encoded) const {
  const auto add = [&encoded](net::ByteView octets) {
    encoded.octets += octets.size();
    while (!octets.empty()) {
      net::ByteReader header(octets.first(bgp::kHeaderSize));
      header.take(bgp::kHeaderSize - 3);  // the marker
      octets = octets.subspan(header.u16());
      ++encoded.messages;
    }
  };
  for (const net::Slice& chunk : chunks_) {
    add(chunk.view());
  }
  if (private_.length != 0) {
    add(private_.view());
  }
}

void Packer::finish(const LocRib& routes,
                    const Exporter& exporter,
                    ExportScratch& scratch,
                    std::vector<DestinationId>& refused,
                    Encoded& encoded) {
  vpn_ = bgp::family_row(routes.family()).distinguisher_octets != 0;
  if (!items_.empty()) {
    encode_announced(routes, exporter, scratch, refused);
    encode_withdrawn(routes, exporter);
    close_chunk();
    encode_private(routes, exporter);
    count(encoded);
    deliver();
    chunks_.clear();
    marks_.clear();
    pieces_.clear();
    private_ = {};
  }
  for (const Membership* member : audience_->members) {
    by_source_[member->source] = nullptr;
  }
  audience_ = nullptr;
}

}  // namespace pipit::rib
