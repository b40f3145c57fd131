#include "policy/conditions.hpp"

#include <algorithm>
#include <bitset>

#include <fnmatch.h>

#include "policy/check.hpp"
#include "policy/number_set.hpp"
#include "policy/text.hpp"

namespace pipit::policy {
namespace {

/// `any`, `all` and `not` with the conditions in them.
class Group final : public Condition {
 public:
  enum class Kind : std::uint8_t { Any, All, None };

  Group(Kind kind, Conditions inner) : kind_(kind), inner_(std::move(inner)) {}

  std::string_view name() const override {
    return kind_ == Kind::Any ? "any" : kind_ == Kind::All ? "all" : "not";
  }

  std::string asked() const override {
    std::vector<std::string> words;
    for (const ConditionPtr& condition : inner_) {
      words.push_back(std::string(condition->name()) + ' ' + condition->asked());
    }
    return '(' + joined(words) + ')';
  }

  std::string had(const Question& question) const override {
    const auto held = std::count_if(inner_.begin(), inner_.end(),
                                    [&](const ConditionPtr& one) { return one->holds(question); });
    return std::to_string(held) + " of " + std::to_string(inner_.size());
  }

  bool holds(const Question& question) const override {
    const auto one_holds = [&](const ConditionPtr& one) { return one->holds(question); };
    switch (kind_) {
      case Kind::Any:
        return std::any_of(inner_.begin(), inner_.end(), one_holds);
      case Kind::All:
        return std::all_of(inner_.begin(), inner_.end(), one_holds);
      case Kind::None:
        break;
    }
    return std::none_of(inner_.begin(), inner_.end(), one_holds);
  }

  void trace(const Question& question, Tracer& tracer, std::size_t depth) const override {
    Condition::trace(question, tracer, depth);
    for (const ConditionPtr& condition : inner_) {
      condition->trace(question, tracer, depth + 1);
    }
  }

  Needs needs() const override { return needs_of(inner_); }

  void add_questions(PrefixQuestions& questions) const override {
    for (const ConditionPtr& condition : inner_) {
      condition->add_questions(questions);
    }
  }

 private:
  Kind kind_;
  Conditions inner_;
};

ConditionPtr compile_group(Group::Kind kind,
                           const std::vector<MatchOptions>& matches,
                           const CompiledSets& sets) {
  Conditions inner;
  for (const MatchOptions& match : matches) {
    Conditions conditions = compile_conditions(match, sets);
    if (conditions.size() == 1) {
      inner.push_back(std::move(conditions.front()));
    } else {
      inner.push_back(std::make_unique<Group>(Group::Kind::All, std::move(conditions)));
    }
  }
  return std::make_unique<Group>(kind, std::move(inner));
}

void compile_origin_of_route(const MatchOptions& match, Conditions& out) {
  if (!match.families.empty()) {
    out.push_back(check(
        "family",
        texts_of(match.families, [](net::Family family) { return net::to_string(family); }),
        [](const Question& question) { return net::to_string(question.facts.family()); },
        [families = match.families](const Question& question) {
          return std::find(families.begin(), families.end(), question.facts.family()) !=
                 families.end();
        }));
  }
  if (!match.sources.empty()) {
    std::bitset<4> sources;
    for (const SourceKind source : match.sources) {
      sources.set(static_cast<std::size_t>(source));
    }
    out.push_back(check(
        "source", texts_of(match.sources, [](SourceKind one) { return std::string(name_of(one)); }),
        [](const Question& question) { return name_of(question.facts.source); },
        [sources](const Question& question) {
          return sources.test(static_cast<std::size_t>(question.facts.source));
        }));
  }
}

/// A condition about facts of a kernel route, which does not hold when none are known.
template <typename Text, typename Fits>
ConditionPtr check_kernel(const char* name, std::string asked, Text text, Fits fits) {
  return check(
      name, std::move(asked),
      [text](const Question& question) {
        const KernelFacts* kernel = question.facts.kernel;
        return kernel == nullptr ? std::string("none") : std::string(text(*kernel));
      },
      [fits](const Question& question) {
        return question.facts.kernel != nullptr && fits(*question.facts.kernel);
      });
}

/// Routes of which no kernel facts are known match none of these.
void compile_kernel(const KernelMatch& match, Conditions& out) {
  if (!match.interfaces.empty()) {
    out.push_back(check(
        "interface", joined(match.interfaces),
        [](const Question& question) {
          const KernelFacts* kernel = question.facts.kernel;
          return kernel == nullptr || kernel->interface.empty() ? std::string("none")
                                                                : std::string(kernel->interface);
        },
        [globs = match.interfaces](const Question& question) {
          const KernelFacts* kernel = question.facts.kernel;
          const std::string name(kernel == nullptr ? std::string_view() : kernel->interface);
          return !name.empty() && std::any_of(globs.begin(), globs.end(), [&](const auto& glob) {
            return fnmatch(glob.c_str(), name.c_str(), 0) == 0;
          });
        }));
  }
  if (!match.protocols.empty()) {
    out.push_back(check_kernel(
        "protocol", texts_of(match.protocols, [](std::uint8_t n) { return std::to_string(n); }),
        [](const KernelFacts& kernel) { return std::to_string(kernel.protocol); },
        [protocols = match.protocols](const KernelFacts& kernel) {
          return std::find(protocols.begin(), protocols.end(), kernel.protocol) != protocols.end();
        }));
  }
  if (!match.metric.empty()) {
    out.push_back(check_kernel(
        "metric", texts_of(match.metric),
        [](const KernelFacts& kernel) { return std::to_string(kernel.metric); },
        [metrics = NumberSet(match.metric)](const KernelFacts& kernel) {
          return metrics.contains(kernel.metric);
        }));
  }
  if (!match.types.empty()) {
    out.push_back(check_kernel(
        "type",
        texts_of(match.types, [](KernelRouteType type) { return std::string(name_of(type)); }),
        [](const KernelFacts& kernel) { return name_of(kernel.type); },
        [types = match.types](const KernelFacts& kernel) {
          return std::find(types.begin(), types.end(), kernel.type) != types.end();
        }));
  }
  if (match.gateway) {
    const auto text = [](bool gateway) { return std::string(gateway ? "true" : "false"); };
    out.push_back(check_kernel(
        "gateway", text(*match.gateway),
        [text](const KernelFacts& kernel) { return text(kernel.gateway); },
        [gateway = *match.gateway](const KernelFacts& kernel) {
          return kernel.gateway == gateway;
        }));
  }
}

std::string_view neighbor_text(const Question& question) {
  return question.facts.neighbor.empty() ? std::string_view("none") : question.facts.neighbor;
}

void compile_groups(const std::vector<std::string>& groups,
                    const CompiledSets& sets,
                    Conditions& out) {
  std::vector<std::string> names;
  for (const std::string& group : groups) {
    if (const auto found = sets.options.groups.find(group); found != sets.options.groups.end()) {
      names.insert(names.end(), found->second.begin(), found->second.end());
    }
  }
  std::sort(names.begin(), names.end());
  out.push_back(
      check("group", joined(groups), neighbor_text, [names = std::move(names)](const Question& q) {
        return std::binary_search(names.begin(), names.end(), q.facts.neighbor, std::less<>());
      }));
}

void compile_neighbor(const MatchOptions& match, const CompiledSets& sets, Conditions& out) {
  if (match.neighbor.asked()) {
    std::vector<std::string> asked = match.neighbor.sets;
    asked.insert(asked.end(), match.neighbor.words.begin(), match.neighbor.words.end());
    std::vector<std::string> names = match.neighbor.words;
    for (const std::string& set : match.neighbor.sets) {
      if (const auto found = sets.options.neighbors.find(set);
          found != sets.options.neighbors.end()) {
        names.insert(names.end(), found->second.begin(), found->second.end());
      }
    }
    std::sort(names.begin(), names.end());
    out.push_back(check("neighbor", joined(asked), neighbor_text,
                        [names = std::move(names)](const Question& question) {
                          return std::binary_search(names.begin(), names.end(),
                                                    question.facts.neighbor, std::less<>());
                        }));
  }
  if (!match.groups.empty()) {
    compile_groups(match.groups, sets, out);
  }
  if (match.peer_type) {
    const auto type = [](const Question& question) {
      return question.facts.neighbor.empty()    ? std::string_view("none")
             : question.facts.neighbor_internal ? std::string_view("internal")
                                                : std::string_view("external");
    };
    const std::string asked = match.peer_type == PeerType::Internal ? "internal" : "external";
    out.push_back(check("peer-type", asked, type, [type, asked](const Question& question) {
      return type(question) == asked;
    }));
  }
}

bool reachable(const Question& question) {
  const net::IpAddress& next_hop = question.attributes.next_hop;
  return next_hop.is_unspecified() ||
         (question.facts.next_hops != nullptr &&
          question.facts.next_hops->cost(next_hop, question.facts.interface_index).has_value());
}

void compile_next_hop(const NextHopMatch& match, const CompiledSets& sets, Conditions& out) {
  if (match.prefix.asked()) {
    PrefixSets prefixes = prefix_sets(match.prefix, sets);
    out.push_back(check(
        "next-hop", prefixes.asked,
        [](const Question& question) { return next_hop_text(question.attributes); },
        [sets = std::move(prefixes.sets)](const Question& question) {
          const net::IpAddress& next_hop = question.attributes.next_hop;
          return !next_hop.is_unspecified() &&
                 std::any_of(sets.begin(), sets.end(),
                             [&](const PrefixMatcherRef& set) { return set->covers(next_hop); });
        }));
  }
  const auto word = [](bool yes) { return yes ? "true" : "false"; };
  if (match.neighbor_address) {
    out.push_back(check(
        "next-hop.neighbor-address", word(*match.neighbor_address),
        [](const Question& question) { return next_hop_text(question.attributes); },
        [wanted = *match.neighbor_address](const Question& question) {
          const net::IpAddress& next_hop = question.attributes.next_hop;
          return (!next_hop.is_unspecified() && next_hop == question.facts.peer_address) == wanted;
        },
        {.peer_address = true}));
  }
  if (match.reachable) {
    out.push_back(check(
        "next-hop.reachable", word(*match.reachable),
        [word](const Question& question) { return word(reachable(question)); },
        [wanted = *match.reachable](const Question& question) {
          return reachable(question) == wanted;
        },
        {.next_hop = true}));
  }
}

/// A condition on a number of the route, with what a route without it counts as.
template <typename Number>
void compile_number(const NumberRanges& ranges,
                    std::string_view name,
                    Number number,
                    std::uint32_t without,
                    Conditions& out) {
  if (ranges.empty()) {
    return;
  }
  out.push_back(check(
      name, texts_of(ranges),
      [number](const Question& question) { return number_text(number(question)); },
      [number, without, numbers = NumberSet(ranges)](const Question& question) {
        return numbers.contains(number(question).value_or(without));
      }));
}

void compile_attributes(const MatchOptions& match, Conditions& out) {
  using Number = std::optional<std::uint32_t>;
  compile_number(
      match.local_preference, "local-preference",
      [](const Question& question) { return question.attributes.local_preference; },
      bgp::kDefaultLocalPreference, out);
  compile_number(
      match.med, "med", [](const Question& question) { return question.attributes.med; }, 0, out);
  compile_number(
      match.weight, "weight",
      [](const Question& question) { return Number(question.attributes.local.weight); }, 0, out);
  compile_number(
      match.tag, "tag",
      [](const Question& question) { return Number(question.attributes.local.tag); }, 0, out);
  if (!match.origins.empty()) {
    out.push_back(check(
        "origin",
        texts_of(match.origins, [](bgp::Origin one) { return std::string(name_of(one)); }),
        [](const Question& question) { return name_of(question.attributes.origin); },
        [origins = match.origins](const Question& question) {
          return std::find(origins.begin(), origins.end(), question.attributes.origin) !=
                 origins.end();
        }));
  }
}

}  // namespace

void Condition::trace(const Question& question, Tracer& tracer, std::size_t depth) const {
  tracer.condition({.name = std::string(name()),
                    .asked = asked(),
                    .had = had(question),
                    .held = holds(question),
                    .depth = depth});
}

Needs needs_of(const Conditions& conditions) {
  Needs needs;
  for (const ConditionPtr& condition : conditions) {
    needs |= condition->needs();
  }
  return needs;
}

CompiledSets compile_sets(const SetOptions& options) {
  CompiledSets sets{.options = options, .prefixes = {}, .as_paths = {}, .prefix_origins = {}};
  for (const auto& [name, set] : options.prefix_origins) {
    sets.prefix_origins.emplace(name, std::make_shared<PrefixOrigins>(set));
  }
  for (const auto& [name, set] : options.prefixes) {
    auto matcher = std::make_shared<PrefixMatcher>();
    for (const PrefixRange& range : set.ranges) {
      matcher->add(range);
    }
    sets.prefixes.emplace(name, std::move(matcher));
  }
  for (const auto& [name, texts] : options.as_paths) {
    sets.as_paths.emplace(name, std::make_shared<AsPathPatterns>(compile_patterns(texts)));
  }
  return sets;
}

Conditions compile_conditions(const MatchOptions& match, const CompiledSets& sets) {
  Conditions out;
  compile_origin_of_route(match, out);
  compile_neighbor(match, sets, out);
  compile_kernel(match.kernel, out);
  compile_prefix_conditions(match, sets, out);
  compile_attributes(match, out);
  compile_path_conditions(match, sets, out);
  compile_next_hop(match.next_hop, sets, out);
  if (!match.any.empty()) {
    out.push_back(compile_group(Group::Kind::Any, match.any, sets));
  }
  if (!match.all.empty()) {
    out.push_back(compile_group(Group::Kind::All, match.all, sets));
  }
  if (!match.none.empty()) {
    out.push_back(compile_group(Group::Kind::None, match.none, sets));
  }
  return out;
}

}  // namespace pipit::policy
