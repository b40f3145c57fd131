#include "rib/table/importer.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "bgp/wire/community.hpp"
#include "net/bytes.hpp"
#include "rib/table/unwanted_attributes.hpp"

namespace pipit::rib {

namespace {

/// Those that mean something to this router.
net::ByteView communities_of(const Source& source, const bgp::AttributesView& received) {
  constexpr auto kCode = static_cast<std::size_t>(bgp::AttributeCode::Communities);
  return source.unwanted.discard.test(kCode) ? net::ByteView() : received.communities;
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

/// Puts what policy is to see into working_, where that is not what was received: without unwanted
/// attributes, and a blackhole stays in the AS (RFC 7999 §3.2).
bool Importer::prepare(const Source& source, const bgp::AttributesView& received, Trace* trace) {
  using bgp::WellKnown;
  const bgp::AttributeCodes unwanted = source.unwanted.discard.any()
                                           ? optional_attributes(received) & source.unwanted.discard
                                           : bgp::AttributeCodes();
  const bool blackhole = source.blackhole &&
                         bgp::has_community(communities_of(source, received), WellKnown::Blackhole);
  if (unwanted.none() && !blackhole) {
    return false;
  }
  working_.assign(received);
  if (unwanted.any()) {
    remove_attributes(unwanted, working_);
    note(trace, Stage::DiscardAttributes, policy::Step::Result::Changed,
         [&] { return fmt::format("without {} (attributes.discard)", names_of(unwanted)); });
  }
  if (blackhole) {
    working_.local.blackhole = true;
    note(trace, Stage::Blackhole, policy::Step::Result::Changed,
         [] { return "community blackhole: packets are dropped, and it stays in the AS"; });
    if (!bgp::has_community(working_.communities, WellKnown::NoExport) &&
        !bgp::has_community(working_.communities, WellKnown::NoAdvertise)) {
      net::ByteWriter(working_.communities).u32(static_cast<std::uint32_t>(WellKnown::NoExport));
    }
  }
  return true;
}

/// What is to be done before policy, the same for every prefix.
Importer::Vetted Importer::vet(const Source& source, AttributeHandle received, Trace* trace) {
  if (source.kind != policy::SourceKind::Bgp) {
    return {};
  }
  const bgp::AttributesView view = context_.attributes.view(received);
  Vetted vetted{.reason = check(source, view, trace)};
  if (vetted.reason == Reason::Undecided) {
    vetted.changed = prepare(source, view, trace);
    vetted.leaving =
        source.graceful_shutdown && !source.internal &&
        bgp::has_community(communities_of(source, view), bgp::WellKnown::GracefulShutdown);
  }
  return vetted;
}

policy::RouteFacts Importer::facts_of(const Source& source, net::Family family) const {
  const bool learned = source.kind == policy::SourceKind::Bgp;
  return {.prefix = {},
          .safi = family.safi,
          .source = source.kind,
          .neighbor = learned ? std::string_view(source.name) : std::string_view(),
          .neighbor_internal = source.internal,
          .neighbor_address = source.address,
          .interface_index = source.interface_index,
          .peer_asn = learned ? source.asn : 0,
          .peer_address = source.address,
          .own_asn = source.local_asn != 0 ? source.local_asn : context_.options.asn,
          .next_hops = next_hops_};
}

Importer::Result Importer::import(const Source& source,
                                  AttributeHandle received,
                                  const net::RouteKey& key,
                                  const PolicyWitness& witness) {
  const Vetted vetted = vet(source, received, witness.trace);
  if (vetted.reason != Reason::Undecided) {
    return {.reason = vetted.reason};
  }
  policy::RouteFacts facts = facts_of(source, key.family);
  facts.prefix = key.prefix;
  facts.routes = witness.routes;
  prepared_ = vetted.changed;
  return run(import_policy(source), facts, received, vetted, witness.trace);
}

Importer::Result Importer::import_local(const policy::Policy* policy,
                                        policy::RouteFacts facts,
                                        AttributeHandle received,
                                        const PolicyWitness& witness) {
  facts.own_asn = context_.options.asn;
  facts.next_hops = next_hops_;
  facts.routes = witness.routes;
  prepared_ = false;
  return run(policy, facts, received, {}, witness.trace);
}

/// prepared_: what policy is to see stands in working_ already; afterwards: it still does.
Importer::Result Importer::run(const policy::Policy* policy,
                               policy::RouteFacts facts,
                               AttributeHandle received,
                               const Vetted& vetted,
                               Trace* trace) {
  AttributeStore& store = context_.attributes;
  bool changed = vetted.changed;
  const bool decides = policy != nullptr && !policy->accepts_unchanged();
  if (policy != nullptr && !decides) {
    policy->count_unchanged(facts.routes);
    facts.routes = 0;
  }
  if (decides || (policy != nullptr && trace != nullptr)) {
    if (!prepared_) {
      working_.assign(store.view(received));
    }
    if (trace == nullptr && policy->prefix_classes() != nullptr) {
      facts.prefix_class = policy->prefix_classes()->answers(facts.prefix);
    }
    const policy::Outcome outcome = policy->evaluate(facts, working_, tracer_of(trace));
    note_policy(trace, Stage::ImportPolicy, outcome, policy->name());
    prepared_ = !outcome.changed;
    if (!outcome.accepted) {
      return {.reason = policy == policy::rfc8212_default().get() ? Reason::NoPolicy
                                                                  : Reason::RejectedByPolicy};
    }
    changed = changed || outcome.changed;
  } else {
    note(trace, Stage::ImportPolicy, true, [] { return "no policy: everything is accepted"; });
  }
  if (vetted.leaving) {
    if (!changed && !prepared_) {
      working_.assign(store.view(received));
    }
    honour_graceful_shutdown(trace);
    changed = true;
    prepared_ = false;
  }
  if (!changed) {
    store.acquire(received);
    return {.accepted = received};
  }
  return {.accepted = store.intern(working_.view())};
}

/// RFC 8326 §4.2: LOCAL_PREF 0 for what is about to go, whatever policy made of it.
void Importer::honour_graceful_shutdown(Trace* trace) {
  working_.local_preference = 0;
  note(trace, Stage::GracefulShutdown, policy::Step::Result::Changed,
       [] { return "community graceful-shutdown: local preference 0"; });
}

/// Hashes all prefixes and has the memory loaded that they will need.
void Importer::look_ahead(const Table& table, const bgp::NlriView& nlri) {
  const DestinationTable& destinations = table.destinations();
  keys_.clear();
  for (std::size_t i = 0; i < nlri.size(); ++i) {
    const net::Prefix& prefix = nlri.prefixes()[i].prefix;
    keys_.push_back(nlri.vpn().empty() ? destinations.key(prefix)
                                       : destinations.key(prefix, nlri.vpn()[i].distinguisher));
    destinations.prefetch(keys_.back());
  }
  for (const Table::Key& key : keys_) {
    destinations.prefetch_row(key);
  }
}

/// Fills alike_ and alike_of_: policy runs once for all NLRI that it cannot tell apart.
void Importer::sort_alike(const policy::Policy* policy, std::span<const bgp::Nlri> nlri) {
  alike_.clear();
  alike_of_.assign(nlri.size(), 0);
  const bool each =
      policy != nullptr && !policy->accepts_unchanged() && policy->depends_on_prefix();
  if (!each) {
    alike_.push_back({.routes = static_cast<std::uint32_t>(nlri.size())});
    return;
  }
  const policy::PrefixClasses* classes = policy->prefix_classes();
  std::size_t latest = 0;
  for (std::size_t i = 0; i < nlri.size(); ++i) {
    const policy::PrefixClasses::Number number =
        classes != nullptr ? classes->find(nlri[i].prefix) : 0;
    const auto same = [&](const Alike& one) { return one.number == number; };
    if (classes == nullptr) {
      latest = alike_.size();
    } else if (latest >= alike_.size() || !same(alike_[latest])) {
      const auto end = alike_.begin() +
                       static_cast<std::ptrdiff_t>(std::min<std::size_t>(alike_.size(), kMaxAlike));
      const auto found = std::find_if(alike_.begin(), end, same);
      latest = found == end ? alike_.size() : static_cast<std::size_t>(found - alike_.begin());
    }
    if (latest == alike_.size()) {
      alike_.push_back({.number = number});
    }
    ++alike_[latest].routes;
    alike_of_[i] = static_cast<std::uint32_t>(latest);
  }
}

bool Importer::announce(Table& table,
                        SourceId source,
                        AttributeHandle received,
                        const bgp::NlriView& routes,
                        std::uint32_t now) {
  look_ahead(table, routes);
  const std::span<const bgp::Nlri> nlri = routes.prefixes();
  Source& from = context_.sources[source];
  const policy::Policy* policy = import_policy(from);
  const Vetted vetted = vet(from, received, nullptr);
  if (vetted.reason != Reason::Undecided) {
    from.refused[refusal_index(vetted.reason)] += nlri.size();
  }
  AttributeStore& store = context_.attributes;
  policy::RouteFacts facts = facts_of(from, table.family());
  prepared_ = vetted.changed;
  sort_alike(vetted.reason == Reason::Undecided ? policy : nullptr, nlri);
  ImportedPath imported{.source = source, .received = received, .now = now};
  bool all = true;
  for (std::size_t i = 0; i < nlri.size(); ++i) {
    Alike& alike = alike_[alike_of_[i]];
    if (!alike.done) {
      alike.done = true;
      alike.result.reason = vetted.reason;
      if (vetted.reason == Reason::Undecided) {
        facts.prefix = nlri[i].prefix;
        facts.routes = alike.routes;
        if (vetted.changed && !prepared_) {
          prepared_ = prepare(from, store.view(received), nullptr);
        }
        alike.result = run(policy, facts, received, vetted, nullptr);
      }
    }
    imported.accepted = alike.result.accepted;
    imported.reason = alike.result.reason;
    imported.path_id = nlri[i].path_id;
    all = table.put(keys_[i], imported) && all;
  }
  for (const Alike& alike : alike_) {
    store.release(alike.result.accepted);
  }
  store.release(received);
  return all;
}

void Importer::withdraw(Table& table, SourceId source, const bgp::NlriView& nlri) {
  look_ahead(table, nlri);
  for (std::size_t i = 0; i < nlri.size(); ++i) {
    table.withdraw(keys_[i], source, nlri.prefixes()[i].path_id);
  }
}

}  // namespace pipit::rib
