#include "rib/store/attribute_image.hpp"

#include <array>
#include <cstring>

namespace pipit::rib {

namespace {

enum Presence : std::uint8_t {
  kAtomicAggregate = 1,
  kNextHopV6 = 2,
  kLinkLocal = 4,
  kMed = 8,
  kLocalPreference = 16,
  kOriginatorId = 32,
  kAggregator = 64,
  kLabel = 128,
};

enum LocalPresence : std::uint8_t {
  kWeight = 1,
  kTag = 2,
  kBlackhole = 4,
};

/// In the same octet as LocalPresence.
enum PartialMarks : std::uint8_t {
  kPartialAggregator = 16,
  kPartialCommunities = 32,
  kPartialExtendedCommunities = 64,
  kPartialLargeCommunities = 128,
};

constexpr std::uint8_t kPartialMarks = 0xf0;

/// The variable parts of a view, in image order.
constexpr std::array kSections{&bgp::AttributesView::as_path,
                               &bgp::AttributesView::communities,
                               &bgp::AttributesView::extended_communities,
                               &bgp::AttributesView::large_communities,
                               &bgp::AttributesView::cluster_list,
                               &bgp::AttributesView::unknown};

constexpr std::size_t kHeader = 4;
constexpr std::size_t kMaxFixed =
    kHeader + kSections.size() * 4 + 16 + 16 + 4 + 4 + 4 + 8 + 4 + 4 + 4;

std::uint8_t presence(const bgp::AttributesView& a) {
  return static_cast<std::uint8_t>(
      (a.atomic_aggregate ? kAtomicAggregate : 0) | (a.next_hop.is_v6() ? kNextHopV6 : 0) |
      (a.link_local_next_hop ? kLinkLocal : 0) | (a.med ? kMed : 0) |
      (a.local_preference ? kLocalPreference : 0) | (a.originator_id ? kOriginatorId : 0) |
      (a.aggregator ? kAggregator : 0) | (a.label ? kLabel : 0));
}

std::uint8_t presence(const bgp::LocalValues& local) {
  return static_cast<std::uint8_t>((local.weight != 0 ? kWeight : 0) | (local.tag != 0 ? kTag : 0) |
                                   (local.blackhole ? kBlackhole : 0));
}

/// Of attributes that are there: without its attribute a Partial bit makes no difference.
std::uint8_t partial_marks(const bgp::AttributesView& a) {
  return static_cast<std::uint8_t>(
      (a.partial.aggregator && a.aggregator ? kPartialAggregator : 0) |
      (a.partial.communities && !a.communities.empty() ? kPartialCommunities : 0) |
      (a.partial.extended_communities && !a.extended_communities.empty()
           ? kPartialExtendedCommunities
           : 0) |
      (a.partial.large_communities && !a.large_communities.empty() ? kPartialLargeCommunities : 0));
}

bgp::PartialBits partial_bits(std::uint8_t marks) {
  return {.aggregator = (marks & kPartialAggregator) != 0,
          .communities = (marks & kPartialCommunities) != 0,
          .extended_communities = (marks & kPartialExtendedCommunities) != 0,
          .large_communities = (marks & kPartialLargeCommunities) != 0};
}

std::uint8_t* put(std::uint8_t* at, const void* from, std::size_t count) {
  if (count != 0) {
    std::memcpy(at, from, count);
  }
  return at + count;
}

std::uint8_t* put(std::uint8_t* at, std::uint32_t value) {
  return put(at, &value, sizeof value);
}

std::uint8_t* put(std::uint8_t* at, const net::IpAddress& address) {
  const net::ByteView octets = address.octets();
  return put(at, octets.data(), octets.size());
}

std::uint32_t take_u32(const std::uint8_t*& at) {
  std::uint32_t value = 0;
  std::memcpy(&value, at, sizeof value);
  at += sizeof value;
  return value;
}

net::IpAddress take_v6(const std::uint8_t*& at) {
  const auto address = net::IpAddress::v6(std::span<const std::uint8_t, 16>(at, 16));
  at += 16;
  return address;
}

net::IpAddress take_v4(const std::uint8_t*& at) {
  const std::uint32_t value = (std::uint32_t{at[0]} << 24) | (std::uint32_t{at[1]} << 16) |
                              (std::uint32_t{at[2]} << 8) | std::uint32_t{at[3]};
  at += 4;
  return net::IpAddress::v4(value);
}

std::uint8_t* put_scalars(std::uint8_t* at, const bgp::AttributesView& a) {
  at = put(at, a.next_hop);
  if (a.link_local_next_hop) {
    const net::ByteView octets = a.link_local_next_hop->octets();
    std::memset(at, 0, 16);
    put(at, octets.data(), octets.size());
    at += 16;
  }
  if (a.med) {
    at = put(at, *a.med);
  }
  if (a.local_preference) {
    at = put(at, *a.local_preference);
  }
  if (a.originator_id) {
    at = put(at, *a.originator_id);
  }
  if (a.aggregator) {
    at = put(at, a.aggregator->asn);
    at = put(at, a.aggregator->address);
  }
  if (a.label) {
    at = put(at, *a.label);
  }
  if (a.local.weight != 0) {
    at = put(at, a.local.weight);
  }
  if (a.local.tag != 0) {
    at = put(at, a.local.tag);
  }
  return at;
}

}  // namespace

void write_image(const bgp::AttributesView& attributes, net::Bytes& image) {
  std::size_t size = kMaxFixed;
  for (const auto section : kSections) {
    size += (attributes.*section).size();
  }
  if (image.size() < size) {
    image.resize(size);
  }
  std::uint8_t* at = image.data() + kHeader;
  std::uint8_t mask = 0;
  for (std::size_t i = 0; i < kSections.size(); ++i) {
    if (const std::size_t length = (attributes.*kSections[i]).size(); length != 0) {
      mask = static_cast<std::uint8_t>(mask | (1U << i));
      at = put(at, static_cast<std::uint32_t>(length));
    }
  }
  image[0] = static_cast<std::uint8_t>(attributes.origin);
  image[1] = presence(attributes);
  image[2] = mask;
  image[3] = presence(attributes.local);
  if (attributes.partial.any()) {
    image[3] = static_cast<std::uint8_t>(image[3] | partial_marks(attributes));
  }
  at = put_scalars(at, attributes);
  for (const auto section : kSections) {
    at = put(at, (attributes.*section).data(), (attributes.*section).size());
  }
  image.resize(static_cast<std::size_t>(at - image.data()));
}

bgp::AttributesView read_image(const std::uint8_t* image) {
  bgp::AttributesView a;
  const std::uint8_t flags = image[1];
  const std::uint8_t mask = image[2];
  a.origin = static_cast<bgp::Origin>(image[0]);
  a.atomic_aggregate = (flags & kAtomicAggregate) != 0;
  const std::uint8_t* at = image + kHeader;
  std::array<std::uint32_t, kSections.size()> lengths{};
  for (std::size_t i = 0; i < kSections.size(); ++i) {
    if ((mask & (1U << i)) != 0) {
      lengths[i] = take_u32(at);
    }
  }
  a.next_hop = (flags & kNextHopV6) != 0 ? take_v6(at) : take_v4(at);
  if ((flags & kLinkLocal) != 0) {
    a.link_local_next_hop = take_v6(at);
  }
  if ((flags & kMed) != 0) {
    a.med = take_u32(at);
  }
  if ((flags & kLocalPreference) != 0) {
    a.local_preference = take_u32(at);
  }
  if ((flags & kOriginatorId) != 0) {
    a.originator_id = take_u32(at);
  }
  if ((flags & kAggregator) != 0) {
    a.aggregator = bgp::Aggregator{.asn = take_u32(at), .address = take_u32(at)};
  }
  if ((flags & kLabel) != 0) {
    a.label = take_u32(at);
  }
  const std::uint8_t local = image[3];
  if ((local & kWeight) != 0) {
    a.local.weight = take_u32(at);
  }
  if ((local & kTag) != 0) {
    a.local.tag = take_u32(at);
  }
  a.local.blackhole = (local & kBlackhole) != 0;
  if ((local & kPartialMarks) != 0) {
    a.partial = partial_bits(local);
  }
  for (std::size_t i = 0; i < kSections.size(); ++i) {
    a.*kSections[i] = net::ByteView(at, lengths[i]);
    at += lengths[i];
  }
  return a;
}

}  // namespace pipit::rib
