// Conditions on AS_PATH and communities.
#include <algorithm>

#include "bgp/wire/as_path.hpp"
#include "policy/check.hpp"
#include "policy/community_set.hpp"
#include "policy/conditions.hpp"
#include "policy/number_set.hpp"
#include "policy/text.hpp"

namespace pipit::policy {
namespace {

using PatternsRef = std::shared_ptr<const AsPathPatterns>;

std::string path_text(const Question& question) {
  return as_path_text(question.attributes);
}

void compile_regular_expressions(const WordQuery& query,
                                 const CompiledSets& sets,
                                 Conditions& out) {
  std::vector<PatternsRef> asked;
  std::vector<std::string> words = query.sets;
  for (const std::string& name : query.sets) {
    if (const auto set = sets.as_paths.find(name); set != sets.as_paths.end()) {
      asked.push_back(set->second);
    }
  }
  words.insert(words.end(), query.words.begin(), query.words.end());
  asked.push_back(std::make_shared<AsPathPatterns>(compile_patterns(query.words)));
  out.push_back(
      check("as-path", joined(words), path_text, [asked = std::move(asked)](const Question& q) {
        return std::any_of(asked.begin(), asked.end(), [&](const PatternsRef& patterns) {
          return std::any_of(patterns->begin(), patterns->end(), [&](const AsPathPattern& one) {
            return one.matches(q.attributes.as_path);
          });
        });
      }));
}

/// A condition on one AS number of the path, or on its length.
template <typename Number>
ConditionPtr one_number(std::string_view name, std::string asked, NumberSet set, Number number) {
  return check(
      name, std::move(asked),
      [number](const Question& question) {
        return number_text(number(bgp::AsPathView(question.attributes.as_path)));
      },
      [number, set = std::move(set)](const Question& question) {
        const std::optional<std::uint32_t> found =
            number(bgp::AsPathView(question.attributes.as_path));
        return found && set.contains(*found);
      });
}

void compile_as_path(const AsPathMatch& match, const CompiledSets& sets, Conditions& out) {
  const auto set = [&](const AsNumberQuery& query) { return as_number_set(query, sets.options); };
  if (match.matches.asked()) {
    compile_regular_expressions(match.matches, sets, out);
  }
  if (!match.length.empty()) {
    out.push_back(one_number(
        "as-path.length", texts_of(match.length), NumberSet(match.length),
        [](const bgp::AsPathView& path) { return std::optional<std::uint32_t>(path.length()); }));
  }
  if (match.origin.asked()) {
    out.push_back(one_number("as-path.origin-as", text_of(match.origin), set(match.origin),
                             [](const bgp::AsPathView& path) { return path.origin(); }));
  }
  if (match.neighbor.asked()) {
    out.push_back(one_number("as-path.neighbor-as", text_of(match.neighbor), set(match.neighbor),
                             [](const bgp::AsPathView& path) { return path.neighbor(); }));
  }
  if (match.contains.asked()) {
    out.push_back(check("as-path.contains", text_of(match.contains), path_text,
                        [numbers = set(match.contains)](const Question& question) {
                          net::ByteReader reader(question.attributes.as_path);
                          while (const auto segment = bgp::next_segment(reader)) {
                            for (std::size_t i = 0; i < segment->count(); ++i) {
                              if (numbers.contains((*segment)[i])) {
                                return true;
                              }
                            }
                          }
                          return false;
                        }));
  }
}

std::uint32_t count_of(const bgp::PathAttributes& attributes) {
  return static_cast<std::uint32_t>(attributes.communities.size() / 4 +
                                    attributes.extended_communities.size() / 8 +
                                    attributes.large_communities.size() / 12);
}

void compile_communities(const CommunityMatch& match, const CompiledSets& sets, Conditions& out) {
  const auto had = [](const Question& question) { return communities_text(question.attributes); };
  const auto set = [&](const CommunityQuery& query) {
    CommunitySet made;
    made.add(query, sets.options.communities);
    return made;
  };
  if (match.any.asked()) {
    out.push_back(check(
        "communities", "any of " + text_of(match.any), had,
        [made = set(match.any)](const Question& question) {
          return made.any_in(question.attributes, question.facts);
        },
        set(match.any).needs()));
  }
  if (match.all.asked()) {
    out.push_back(check(
        "communities", "all of " + text_of(match.all), had,
        [made = set(match.all)](const Question& question) {
          return made.all_in(question.attributes, question.facts);
        },
        set(match.all).needs()));
  }
  if (match.none.asked()) {
    out.push_back(check(
        "communities", "none of " + text_of(match.none), had,
        [made = set(match.none)](const Question& question) {
          return !made.any_in(question.attributes, question.facts);
        },
        set(match.none).needs()));
  }
  if (!match.count.empty()) {
    out.push_back(check(
        "communities.count", texts_of(match.count),
        [](const Question& question) { return std::to_string(count_of(question.attributes)); },
        [numbers = NumberSet(match.count)](const Question& question) {
          return numbers.contains(count_of(question.attributes));
        }));
  }
}

}  // namespace

void compile_path_conditions(const MatchOptions& match, const CompiledSets& sets, Conditions& out) {
  compile_as_path(match.as_path, sets, out);
  compile_communities(match.communities, sets, out);
}

}  // namespace pipit::policy
