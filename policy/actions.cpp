#include "policy/actions.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "bgp/wire/family_table.hpp"
#include "policy/as_path_change.hpp"
#include "policy/community_set.hpp"
#include "policy/text.hpp"

namespace pipit::policy {
namespace {

/// A change made of two functions: how its attribute stands, in words, and what it does to it.
template <typename Value, typename Apply>
class Change final : public Action {
 public:
  Change(std::string_view key, std::string text, Value now, Apply make, Needs needed)
      : name_(key),
        change_(std::move(text)),
        value_(std::move(now)),
        apply_(std::move(make)),
        needs_(needed) {}

  std::string_view name() const override { return name_; }

  std::string change() const override { return change_; }

  std::string value(const Working& working) const override { return std::string(value_(working)); }

  void apply(Working& working) const override { apply_(working); }

  Needs needs() const override { return needs_; }

 private:
  std::string_view name_;  // a literal
  std::string change_;
  Value value_;
  Apply apply_;
  Needs needs_;
};

/// `name` must be a literal.
template <typename Value, typename Apply>
ActionPtr change(
    std::string_view name, std::string text, Value value, Apply apply, Needs needs = {}) {
  return std::make_unique<Change<Value, Apply>>(name, std::move(text), std::move(value),
                                                std::move(apply), needs);
}

std::string text_of(const MedChange& med) {
  switch (med.kind) {
    case MedChange::Kind::Set:
      return std::to_string(med.value);
    case MedChange::Kind::Add:
      return fmt::format("+{}", med.value);
    case MedChange::Kind::Subtract:
      return fmt::format("-{}", med.value);
    case MedChange::Kind::Igp:
      return "igp";
  }
  return {};
}

/// A missing MED counts as 0, as in the decision process; sums stop at the ends of the range.
void apply_med(const MedChange& med, Working& working) {
  std::optional<std::uint32_t>& now = working.attributes.med;
  const std::uint32_t value = now.value_or(0);
  const std::uint32_t highest = std::numeric_limits<std::uint32_t>::max();
  switch (med.kind) {
    case MedChange::Kind::Set:
      now = med.value;
      break;
    case MedChange::Kind::Add:
      now = value + std::min(med.value, highest - value);
      break;
    case MedChange::Kind::Subtract:
      now = value - std::min(med.value, value);
      break;
    case MedChange::Kind::Igp: {
      const net::IpAddress& next_hop = working.attributes.next_hop;
      const RouteFacts& facts = working.facts;
      const std::optional<std::uint32_t> cost =
          next_hop.is_unspecified()    ? std::optional<std::uint32_t>(0)
          : facts.next_hops == nullptr ? std::nullopt
                                       : facts.next_hops->cost(next_hop, facts.interface_index);
      if (!cost) {
        return;  // without a way to it there is no metric: what there was stays
      }
      now = cost;
      break;
    }
  }
  working.outcome.med_set = true;
}

void compile_numbers(const ActionOptions& set, Actions& out) {
  if (set.local_preference) {
    out.push_back(change(
        "local-preference", std::to_string(*set.local_preference),
        [](const Working& working) { return number_text(working.attributes.local_preference); },
        [value = *set.local_preference](Working& working) {
          working.attributes.local_preference = value;
        }));
  }
  if (set.med) {
    out.push_back(change(
        "med", text_of(*set.med),
        [](const Working& working) { return number_text(working.attributes.med); },
        [med = *set.med](Working& working) { apply_med(med, working); },
        {.next_hop = set.med->kind == MedChange::Kind::Igp}));
  }
  if (set.origin) {
    out.push_back(change(
        "origin", std::string(name_of(*set.origin)),
        [](const Working& working) { return name_of(working.attributes.origin); },
        [value = *set.origin](Working& working) { working.attributes.origin = value; }));
  }
  if (set.weight) {
    out.push_back(change(
        "weight", std::to_string(*set.weight),
        [](const Working& working) { return std::to_string(working.attributes.local.weight); },
        [value = *set.weight](Working& working) { working.attributes.local.weight = value; }));
  }
  if (set.tag) {
    out.push_back(change(
        "tag", std::to_string(*set.tag),
        [](const Working& working) { return std::to_string(working.attributes.local.tag); },
        [value = *set.tag](Working& working) { working.attributes.local.tag = value; }));
  }
}

void compile_communities(const CommunityChange& set, const CompiledSets& sets, Actions& out) {
  CommunitySet remove;
  remove.add(set.remove, sets.options.communities);
  CommunitySet add;
  add.add(set.replace.value_or(CommunityList{}));
  add.add(set.add);
  CommunitySet keep;
  keep.add(set.keep, sets.options.communities);
  const bool keeps = set.keep.asked();
  if (remove.empty() && add.empty() && !set.replace && !keeps) {
    return;
  }
  Needs needs = remove.needs();
  needs |= keep.needs();
  needs |= add.needs();
  std::vector<std::string> words;
  if (set.replace) {
    words.push_back("replace all by " +
                    (set.replace->empty() ? "none" : joined(texts_of(*set.replace))));
  }
  if (set.remove.asked()) {
    words.push_back("remove " + text_of(set.remove));
  }
  if (keeps) {
    words.push_back("keep " + text_of(set.keep));
  }
  if (!set.add.empty()) {
    words.push_back("add " + joined(texts_of(set.add)));
  }
  out.push_back(change(
      "communities", joined(words),
      [](const Working& working) { return communities_text(working.attributes); },
      [remove = std::move(remove), keep = std::move(keep), keeps, add = std::move(add),
       replace = set.replace.has_value()](Working& working) {
        bgp::PathAttributes& attributes = working.attributes;
        if (replace) {
          attributes.communities.clear();
          attributes.extended_communities.clear();
          attributes.large_communities.clear();
        }
        remove.remove_from(attributes, working.facts);
        if (keeps) {
          keep.keep_in(attributes, working.facts);
        }
        add.add_to(attributes, working.facts);
      },
      needs));
}

void compile_as_path(const AsPathChange& set, const CompiledSets& sets, Actions& out) {
  const auto value = [](const Working& working) { return as_path_text(working.attributes); };
  if (set.remove_private) {
    out.push_back(change("as-path", "remove private AS numbers", value,
                         [](Working& working) { remove_private_as(working.attributes.as_path); }));
  }
  if (set.replace) {
    const bool every = !set.replace->asked();
    NumberSet numbers = every ? NumberSet({{0, std::numeric_limits<std::uint32_t>::max()}})
                              : as_number_set(*set.replace, sets.options);
    out.push_back(change("as-path",
                         "replace " + (every ? "any" : text_of(*set.replace)) + " by our own AS",
                         value, [numbers = std::move(numbers)](Working& working) {
                           replace_as(working.attributes.as_path, numbers, working.facts.own_asn);
                         }));
  }
  if (set.prepend) {
    const Prepend prepend = *set.prepend;
    const std::string who = prepend.neighbor ? "neighbor-as"
                            : prepend.asn    ? fmt::format("{}", *prepend.asn)
                                             : "our own AS";
    out.push_back(change("as-path", fmt::format("prepend {} {} times", who, prepend.times), value,
                         [prepend](Working& working) {
                           const std::uint32_t asn =
                               prepend.neighbor ? working.facts.peer_asn
                                                : prepend.asn.value_or(working.facts.own_asn);
                           if (asn != 0) {  // that of a neighbor may not be known
                             bgp::prepend(working.attributes.as_path, asn, prepend.times);
                           }
                         },
                         {.peer_asn = prepend.neighbor}));
  }
}

std::string text_of(const NextHopChange& next_hop) {
  switch (next_hop.kind) {
    case NextHopChange::Kind::Self:
      return "self";
    case NextHopChange::Kind::Unchanged:
      return "unchanged";
    case NextHopChange::Kind::Peer:
      return "peer";
    case NextHopChange::Kind::NeighborAddress:
      return "neighbor-address";
    case NextHopChange::Kind::Address:
      return next_hop.address.to_string();
  }
  return {};
}

std::string next_hop_value(const Working& working) {
  const std::string address = next_hop_text(working.attributes);
  switch (working.outcome.next_hop) {
    case NextHopChoice::Self:
      return "self";
    case NextHopChoice::Keep:
      return address + ", unchanged";
    case NextHopChoice::ByRules:
      break;
  }
  return address;
}

void apply_next_hop(const NextHopChange& change, Working& working) {
  using Kind = NextHopChange::Kind;
  if (bgp::family_row(working.facts.family()).labelled) {
    return;  // its label means something at the next hop that it has
  }
  if (change.kind == Kind::Self || change.kind == Kind::Unchanged) {
    working.outcome.next_hop =
        change.kind == Kind::Self ? NextHopChoice::Self : NextHopChoice::Keep;
    return;
  }
  const net::IpAddress& address = change.kind == Kind::Peer ? working.facts.neighbor_address
                                  : change.kind == Kind::NeighborAddress
                                      ? working.facts.peer_address
                                      : change.address;
  // One of another family means nothing to the route.
  if (address.is_unspecified() || address.afi() != working.facts.prefix.afi()) {
    return;
  }
  working.attributes.next_hop = address;
  working.attributes.link_local_next_hop.reset();
  working.outcome.next_hop = NextHopChoice::Keep;
}

void compile_kernel(const KernelChange& set, Actions& out) {
  const auto number = [&](std::string_view name, std::optional<std::uint32_t> value,
                          std::optional<std::uint32_t> KernelHints::* hint) {
    if (value) {
      out.push_back(change(
          name, std::to_string(*value),
          [hint](const Working& working) { return number_text(working.outcome.kernel.*hint); },
          [hint, value = *value](Working& working) { working.outcome.kernel.*hint = value; }));
    }
  };
  number("kernel-table", set.table, &KernelHints::table);
  number("kernel-metric", set.metric, &KernelHints::metric);
  if (!set.preferred_source.empty()) {
    out.push_back(change(
        "kernel-preferred-source",
        texts_of(set.preferred_source,
                 [](const net::IpAddress& address) { return address.to_string(); }),
        [](const Working& working) {
          return address_text(working.outcome.kernel.preferred_source);
        },
        [sources = set.preferred_source](Working& working) {
          for (const net::IpAddress& address : sources) {
            if (address.afi() == working.facts.prefix.afi()) {
              working.outcome.kernel.preferred_source = address;
            }
          }
        }));
  }
}

}  // namespace

Actions compile_actions(const ActionOptions& set, const CompiledSets& sets) {
  Actions out;
  compile_numbers(set, out);
  compile_communities(set.communities, sets, out);
  compile_as_path(set.as_path, sets, out);
  if (set.next_hop) {
    out.push_back(
        change("next-hop", text_of(*set.next_hop), next_hop_value,
               [next_hop = *set.next_hop](Working& working) { apply_next_hop(next_hop, working); },
               {.peer_address = set.next_hop->kind == NextHopChange::Kind::NeighborAddress}));
  }
  compile_kernel(set.kernel, out);
  return out;
}

}  // namespace pipit::policy
