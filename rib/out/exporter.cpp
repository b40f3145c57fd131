#include "rib/out/exporter.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace pipit::rib {

bool same_attributes(const bgp::AttributesView& a, const bgp::AttributesView& b) {
  const auto equal = [](net::ByteView x, net::ByteView y) { return std::ranges::equal(x, y); };
  return static_cast<const bgp::AttributeScalars&>(a) ==
             static_cast<const bgp::AttributeScalars&>(b) &&
         equal(a.as_path, b.as_path) && equal(a.communities, b.communities) &&
         equal(a.extended_communities, b.extended_communities) &&
         equal(a.large_communities, b.large_communities) && equal(a.cluster_list, b.cluster_list) &&
         equal(a.unknown, b.unknown);
}

Exporter::Exporter(GroupKey key,
                   AttributeStore& store,
                   const Sources& sources,
                   const policy::NextHopResolver* next_hops)
    : key_(std::move(key)),
      store_(store),
      sources_(sources),
      next_hops_(next_hops),
      any_prefix_(net::IpAddress::any(key_.family.afi), 0) {
  run_policy_ = key_.export_policy && !key_.export_policy->accepts_unchanged();
  by_prefix_ = run_policy_ && key_.export_policy->needs().of_route();
  if (run_policy_) {
    classes_ = key_.export_policy->prefix_classes();
    remembers_ = classes_ != nullptr || !key_.export_policy->depends_on_prefix();
    passages_.resize(remembers_ ? kMemory : 0);
  }
}

policy::RouteFacts Exporter::facts_of(const net::Prefix& prefix, const Source& source) const {
  const bool learned = source.kind == policy::SourceKind::Bgp;
  return {.prefix = prefix,
          .safi = key_.family.safi,
          .source = source.kind,
          .neighbor = learned ? std::string_view(source.name) : std::string_view(),
          .neighbor_internal = source.internal,
          .neighbor_address = source.address,
          .interface_index = source.interface_index,
          .peer_asn = key_.peer_asn,
          .peer_address = key_.peer_address,
          .own_asn = key_.local_asn,
          .next_hops = next_hops_};
}

bool Exporter::next_hop_of_neighbor(const bgp::AttributesView& attributes,
                                    const Source& source) const {
  // Asked only of next hops on the subnet of external peers. A neighbor must not be told of itself
  // as next hop (RFC 4271 §5.1.3); the one that announced the route does not get it anyway.
  if (attributes.next_hop == source.address || !third_party(key_, attributes)) {
    return false;
  }
  for (std::size_t i = kFirstNeighborSource; i < sources_.size(); ++i) {
    const auto id = static_cast<SourceId>(i);
    if (sources_.in_use(id) && sources_[id].address == attributes.next_hop) {
      return true;
    }
  }
  return false;
}

Exporter::Result Exporter::run(const net::RouteKey& key,
                               const BestPath& best,
                               ExportScratch& scratch,
                               Trace* trace) const {
  return run(facts_of(key.prefix, sources_[best.source]), best, scratch, trace);
}

Exporter::Result Exporter::run(const policy::RouteFacts& facts,
                               const BestPath& best,
                               ExportScratch& scratch,
                               Trace* trace) const {
  Result result;
  const Source& source = sources_[best.source];
  result.attributes = store_.view(best.attributes);
  result.policy.accepted = true;
  result.verdict = may_advertise(result.attributes, source, key_, trace);
  if (result.verdict != ExportVerdict::Advertised) {
    return result;
  }
  result.passed = true;
  if (run_policy_) {
    scratch.working.assign(result.attributes);
    result.policy = key_.export_policy->evaluate(facts, scratch.working, tracer_of(trace));
    note_policy(trace, Stage::ExportPolicy, result.policy, key_.export_policy->name());
    if (!result.policy.accepted) {
      result.verdict = ExportVerdict::PolicyRejected;
      return result;
    }
    result.attributes = scratch.working.view();
  } else {
    pass_unchanged(facts, result.attributes, scratch, trace);
  }
  if (!key_.internal && source.kind == policy::SourceKind::Bgp && !result.policy.med_set &&
      !served(source, key_)) {
    if (result.attributes.med) {
      note(trace, Stage::ClearMed, policy::Step::Result::Changed, [&] {
        return fmt::format("{}, which no policy set, stays inside the AS", *result.attributes.med);
      });
    }
    result.attributes.med.reset();  // RFC 4271 §5.1.4: only what policy sets leaves the AS
  }
  const TransformInput input{source, result.policy.next_hop,
                             next_hop_of_neighbor(result.attributes, source), trace};
  result.verdict = transform(key_, input, result.attributes, scratch.transform);
  return result;
}

/// A policy that accepts everything as it is only counts, and says so when somebody listens.
void Exporter::pass_unchanged(const policy::RouteFacts& facts,
                              const bgp::AttributesView& attributes,
                              ExportScratch& scratch,
                              Trace* trace) const {
  if (!key_.export_policy) {
    note(trace, Stage::ExportPolicy, true, [] { return "no policy: everything is accepted"; });
    return;
  }
  const policy::Policy& policy = *key_.export_policy;
  policy.count_unchanged(facts.routes);
  if (trace != nullptr) {
    scratch.working.assign(attributes);
    note_policy(trace, Stage::ExportPolicy,
                policy.evaluate(facts, scratch.working, tracer_of(trace)), policy.name());
  }
}

void Exporter::begin_batch() {
  end_batch();
  if (++batch_ == 0) {
    memory_.fill({});
    batch_ = 1;
  }
}

void Exporter::end_batch() {
  for (const std::uint16_t slot : used_) {
    store_.release(std::exchange(passages_[slot].out, AttributeHandle::None));
    memory_[slot].batch = 0;
  }
  used_.clear();
  trail_.clear();
}

/// Runs the pipeline; the caller gets a reference to what is stored when by_prefix().
Exporter::Judged Exporter::judge(const policy::RouteFacts& facts,
                                 const BestPath& best,
                                 ExportScratch& scratch,
                                 Remembered& into) {
  const Result result = run(facts, best, scratch, nullptr);
  into = {.route = {best.attributes, best.source},
          .batch = batch_,
          .advertised = result.verdict == ExportVerdict::Advertised,
          .passed = result.passed};
  if (!into.advertised) {
    return {};
  }
  into.block = scratch.blocks.add(result.attributes, key_.family, key_.encoding());
  return {by_prefix_ ? StoredRoute{store_.intern(result.attributes), best.source} : into.route,
          into.block};
}

/// Takes what was remembered for one more route, and counts that.
Exporter::Judged Exporter::recall(std::size_t slot, SourceId source) {
  const Remembered& remembered = memory_[slot];
  if (!passages_.empty()) {
    const Passage& passage = passages_[slot];
    for (std::uint32_t i = 0; i < passage.hits; ++i) {
      ++*trail_[passage.first_hit + i];
    }
    if (by_prefix_) {
      store_.acquire(passage.out);
      return remembered.advertised ? Judged{{passage.out, source}, remembered.block} : Judged{};
    }
  } else if (remembered.passed && key_.export_policy) {
    key_.export_policy->count_unchanged(1);
  }
  return remembered.advertised ? Judged{remembered.route, remembered.block} : Judged{};
}

Exporter::Judged Exporter::evaluate(const LocRib& routes,
                                    DestinationId destination,
                                    ExportScratch& scratch) {
  const std::optional<BestPath> best = routes.best(destination);
  if (!best) {
    return {};
  }
  const net::Prefix prefix = by_prefix_ ? routes.prefix(destination) : any_prefix_;
  const policy::PrefixClasses::Number number = classes_ != nullptr ? classes_->find(prefix) : 0;
  const auto handle = static_cast<std::uint32_t>(best->attributes);
  const std::size_t slot = (handle * 31U + best->source + number * 7U) % kMemory;
  Remembered& remembered = memory_[slot];
  if (remembers_ && remembered.batch == batch_ &&
      remembered.route == StoredRoute{best->attributes, best->source} &&
      (passages_.empty() || passages_[slot].number == number)) {
    return recall(slot, best->source);
  }
  policy::RouteFacts facts = facts_of(prefix, sources_[best->source]);
  facts.routes = 1;
  if (classes_ != nullptr) {
    facts.prefix_class = classes_->answers(number);
  }
  if (passages_.empty()) {
    return judge(facts, *best, scratch, remembered);
  }
  if (trail_.size() > kMaxTrail) {
    begin_batch();
  }
  Passage& passage = passages_[slot];
  if (remembered.batch != batch_) {
    used_.push_back(static_cast<std::uint16_t>(slot));
  }
  store_.release(std::exchange(passage.out, AttributeHandle::None));
  facts.trail = &trail_;
  passage.number = number;
  passage.first_hit = static_cast<std::uint32_t>(trail_.size());
  const Judged judged = judge(facts, *best, scratch, remembered);
  passage.hits = static_cast<std::uint32_t>(trail_.size()) - passage.first_hit;
  if (by_prefix_) {
    passage.out = judged.route.handle;
    store_.acquire(passage.out);
  }
  return judged;
}

std::optional<bgp::AttributesView> Exporter::outgoing(const StoredRoute& route,
                                                      ExportScratch& scratch) const {
  if (by_prefix_) {
    return store_.view(route.handle);
  }
  const policy::RouteFacts facts = facts_of(any_prefix_, sources_[route.source]);
  const Result result = run(facts, {route.handle, route.source}, scratch, nullptr);
  if (result.verdict != ExportVerdict::Advertised) {
    return std::nullopt;
  }
  return result.attributes;
}

std::optional<bgp::AttributeBlock> Exporter::block(const StoredRoute& route,
                                                   OutgoingBlocks::Number kept,
                                                   ExportScratch& scratch) const {
  if (kept != OutgoingBlocks::kNone) {
    return scratch.blocks.at(kept);
  }
  const auto attributes = outgoing(route, scratch);
  if (!attributes) {
    return std::nullopt;
  }
  scratch.octets.clear();
  bgp::encode_attributes(*attributes, key_.family, key_.encoding(), scratch.octets);
  return bgp::AttributeBlock{scratch.octets, attributes->next_hop, attributes->link_local_next_hop,
                             attributes->label};
}

bool same_outgoing(const OutgoingRoute& a, const OutgoingRoute& b, ExportScratch& scratch) {
  const auto first = a.exporter.block(a.route, a.block, scratch);
  if (!first) {
    return false;
  }
  std::swap(scratch.octets, scratch.compared);  // `first` may lie there
  const auto second = b.exporter.block(b.route, b.block, scratch);
  return second && *first == *second;
}

}  // namespace pipit::rib
