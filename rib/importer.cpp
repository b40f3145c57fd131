#include "rib/importer.hpp"

#include "bgp/wire/as_path.hpp"
#include "net/bytes.hpp"

namespace pipit::rib {

namespace {

/// RFC 4271 §6.3: a next hop must be the address of a host.
bool is_host(const net::IpAddress& address) {
  if (address.is_unspecified() || address.is_loopback() || address.is_multicast()) {
    return false;
  }
  if (address.is_v6()) {
    return true;
  }
  constexpr std::uint32_t kClassE = 0xf0000000;
  const std::uint32_t value = address.to_v4();
  return value >> 24 != 0 && value < kClassE;
}

bool contains_cluster(net::ByteView cluster_list, std::uint32_t cluster) {
  net::ByteReader reader(cluster_list);
  while (reader.remaining() >= 4) {
    if (reader.u32() == cluster) {
      return true;
    }
  }
  return false;
}

}  // namespace

const policy::Policy* import_policy(const Source& source) {
  if (source.import_policy) {
    return source.import_policy.get();
  }
  static const policy::PolicyRef kNone = policy::rfc8212_default();
  return source.kind == policy::SourceKind::Bgp && !source.internal ? kNone.get() : nullptr;
}

AttributeHandle Importer::intern(const Source& source, bgp::AttributesView attributes) {
  if (source.kind == policy::SourceKind::Bgp && !source.internal) {
    attributes.local_preference.reset();
    attributes.originator_id.reset();
    attributes.cluster_list = {};
  }
  return context_.attributes.intern(attributes);
}

Reason Importer::check(const Source& source, const bgp::AttributesView& attributes) const {
  const RibOptions& options = context_.options;
  const bgp::AsPathView path(attributes.as_path);
  const std::uint32_t facing = source.local_asn != 0 ? source.local_asn : options.asn;
  if (path.count(facing) > source.allow_own_as ||
      (facing != options.asn && path.count(options.asn) > source.allow_own_as)) {
    return Reason::OwnAs;
  }
  if (attributes.originator_id == options.router_id) {
    return Reason::OwnOriginatorId;
  }
  if (!attributes.cluster_list.empty() &&
      (contains_cluster(attributes.cluster_list, options.cluster_id) ||
       contains_cluster(attributes.cluster_list, source.cluster_id))) {
    return Reason::OwnClusterId;
  }
  return is_host(attributes.next_hop) ? Reason::Undecided : Reason::InvalidNextHop;
}

Importer::Result Importer::import(const Source& source,
                                  AttributeHandle received,
                                  const net::Prefix& prefix) {
  if (source.kind == policy::SourceKind::Bgp) {
    const Reason reason = check(source, context_.attributes.view(received));
    if (reason != Reason::Undecided) {
      return {.reason = reason};
    }
  }
  return apply(import_policy(source), source.kind, received, prefix);
}

Importer::Result Importer::apply(const policy::Policy* policy,
                                 policy::SourceKind kind,
                                 AttributeHandle received,
                                 const net::Prefix& prefix) {
  AttributeStore& store = context_.attributes;
  if (policy == nullptr || policy->accepts_unchanged()) {
    store.acquire(received);
    return {.accepted = received};
  }
  working_.assign(store.view(received));
  if (!policy->evaluate({.prefix = prefix, .source = kind}, working_).accepted) {
    return {.reason = policy->name() == "rfc8212" ? Reason::NoPolicy : Reason::RejectedByPolicy};
  }
  return {.accepted = store.intern(working_.view())};
}

/// Hashes all prefixes and has the memory loaded that they will need.
void Importer::look_ahead(const Table& table, std::span<const bgp::Nlri> nlri) {
  const DestinationTable& destinations = table.destinations();
  keys_.clear();
  for (const bgp::Nlri& one : nlri) {
    keys_.push_back(destinations.key(one.prefix));
    destinations.prefetch(keys_.back());
  }
  for (const Table::Key& key : keys_) {
    destinations.prefetch_row(key);
  }
}

bool Importer::announce(Table& table,
                        SourceId source,
                        AttributeHandle received,
                        std::span<const bgp::Nlri> nlri,
                        std::uint32_t now) {
  look_ahead(table, nlri);
  const policy::Policy* policy = import_policy(context_.sources[source]);
  const bool each =
      policy != nullptr && !policy->accepts_unchanged() && policy->depends_on_prefix();
  AttributeStore& store = context_.attributes;
  ImportedPath imported{.source = source, .received = received, .now = now};
  bool all = true;
  for (std::size_t i = 0; i < nlri.size(); ++i) {
    if (i == 0 || each) {
      store.release(imported.accepted);
      const Result result = import(source, received, nlri[i].prefix);
      imported.accepted = result.accepted;
      imported.reason = result.reason;
    }
    imported.path_id = nlri[i].path_id;
    all = table.put(keys_[i], imported) && all;
  }
  store.release(imported.accepted);
  store.release(received);
  return all;
}

void Importer::withdraw(Table& table, SourceId source, std::span<const bgp::Nlri> nlri) {
  look_ahead(table, nlri);
  for (std::size_t i = 0; i < nlri.size(); ++i) {
    table.withdraw(keys_[i], source, nlri[i].path_id);
  }
}

}  // namespace pipit::rib
