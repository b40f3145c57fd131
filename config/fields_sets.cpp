// Field tables: sets.
#include <cerrno>
#include <cstring>

#include "config/fields.hpp"
#include "config/files.hpp"
#include "config/policy_values.hpp"
#include "net/log.hpp"

namespace pipit::config {
namespace {

using policy::PrefixOriginSet;
using policy::PrefixSet;
using policy::SetOptions;

/// Reads a value from each line of a file; "#" begins a comment.
template <typename T>
void read_lines(Reader& reader, const Node& path, const Type<T>& type, std::vector<T>& values) {
  const std::string file = reader.path_beside(path);
  const std::optional<std::string> text = read_file(file);
  if (!text) {
    reader.error(path.mark, fmt::format("cannot read \"{}\": {}", net::escaped(file, 256),
                                        std::strerror(errno)));
    return;
  }
  const std::uint32_t number = reader.report().add_file(file, *text);
  std::uint32_t line = 0;
  for (std::size_t begin = 0; begin < text->size();) {
    const std::size_t end = std::min(text->find('\n', begin), text->size());
    std::string_view content(*text);
    content = content.substr(begin, end - begin);
    content = content.substr(0, content.find('#'));
    begin = end + 1;
    ++line;
    const std::size_t first = content.find_first_not_of(" \t\r");
    if (first == std::string_view::npos) {
      continue;
    }
    content = content.substr(first, content.find_last_not_of(" \t\r") + 1 - first);
    Node node;
    node.kind = Node::Kind::Scalar;
    node.mark = {number, line, static_cast<std::uint32_t>(first) + 1};
    node.text = content;
    type.read(reader, node, values.emplace_back());
  }
}

/// A set whose members stand in a list, or one in each line of a file.
template <typename Set, typename T>
Type<Set> set_of(Type<T> member, std::vector<T> Set::* members, const char* help) {
  const Type<std::vector<T>> list = list_of(member);
  const Type<std::string> path = text("a file name", 1024);
  const Type<Set> file = section<Set>("a mapping with file",
                                      {custom_field<Set>(
                                           "file", help, path.shape,
                                           [=](Reader& reader, const Node& node, Set& set) {
                                             const std::size_t errors = reader.report().errors();
                                             path.read(reader, node, set.file);
                                             if (errors == reader.report().errors()) {
                                               read_lines(reader, node, member, set.*members);
                                               set.file = reader.path_from_main_file(node);
                                             }
                                           },
                                           [](const Set& set) { return Value(set.file); })
                                           .required()});
  return {.shape = either({list.shape, file.shape}),
          .read =
              [=](Reader& reader, const Node& node, Set& set) {
                if (node.kind == Node::Kind::Map) {
                  file.read(reader, node, set);
                } else {
                  list.read(reader, node, set.*members);
                }
              },
          .write =
              [=](const Set& set) {
                return set.file.empty() ? list.write(set.*members) : file.write(set);
              }};
}

Type<PrefixSet> prefix_set() {
  return set_of(prefix_range(), &PrefixSet::ranges,
                "A file with a prefix range in each line and comments after \"#\", relative to the "
                "file where this stands");
}

Type<PrefixOriginSet> prefix_origin_set() {
  return set_of(prefix_origin(), &PrefixOriginSet::pairs,
                "A file with such a pair in each line and comments after \"#\", relative to the "
                "file where this stands");
}

/// Names that could be taken for the values that stand beside them are no names.
void check_names(Reader& reader,
                 const Node& sets,
                 std::string_view key,
                 bool (*is_value)(const std::string&),
                 std::string_view what) {
  const Entry* named = sets.find(key);
  for (const Entry& set : named == nullptr ? std::vector<Entry>{} : named->value->entries) {
    if (is_value(set.key)) {
      reader.error(set.mark, fmt::format("the name of a set cannot be {}", what));
    }
  }
}

}  // namespace

Type<SetOptions> set_fields() {
  Type<policy::CommunityList> communities = community_patterns();
  communities.write = [write = communities.write](const policy::CommunityList& list) {
    Value value = write(list);
    return value.is_null() ? Value(Value::List{}) : value;
  };
  Type<SetOptions> type = optional_section<SetOptions>(
      "a mapping with prefixes, prefix-origins, communities, as-numbers, as-paths and neighbors",
      {field<SetOptions>("prefixes", &SetOptions::prefixes, map_of("prefix set", prefix_set()),
                         "Sets of prefixes, in a list or in a file. Without ge and le an entry is "
                         "that prefix alone; with ge, le or both it is all prefixes inside of it "
                         "of such lengths"),
       field<SetOptions>(
           "prefix-origins", &SetOptions::prefix_origins,
           map_of("set of prefix origins", prefix_origin_set()),
           "Sets of pairs, in a list or in a file: an AS number and the prefixes that "
           "it may originate, \"64500 192.0.2.0/24 le 28\""),
       field<SetOptions>("communities", &SetOptions::communities,
                         map_of("community set", communities),
                         "Sets of communities of all three kinds. A field may be a range or \"*\": "
                         "64512:1-99, 64512:100:*, rt:64512:*"),
       field<SetOptions>("as-numbers", &SetOptions::as_numbers,
                         map_of("set of AS numbers", list_of(as_range())),
                         "Sets of AS numbers and ranges of them"),
       field<SetOptions>("as-paths", &SetOptions::as_paths,
                         map_of("set of as-paths", list_of(as_path_pattern())),
                         "Sets of regular expressions over AS numbers; one that matches is enough. "
                         "See AS-PATH EXPRESSIONS"),
       field<SetOptions>("neighbors", &SetOptions::neighbors,
                         map_of("set of neighbors", list_of(name_of(NameKind::Neighbor))),
                         "Sets of neighbors by name")});
  type.read = [read = type.read](Reader& reader, const Node& node, SetOptions& sets) {
    read(reader, node, sets);
    check_names(reader, node, "prefixes", looks_like_prefix, "an address");
    check_names(reader, node, "communities", is_community, "that of a community");
    check_names(reader, node, "as-numbers", looks_like_as_number, "without a letter");
    check_names(reader, node, "as-paths", looks_like_as_number, "without a letter");
    const Entry* neighbors = node.find("neighbors");
    for (const Entry& set :
         neighbors == nullptr ? std::vector<Entry>{} : neighbors->value->entries) {
      if (reader.declared(NameKind::Neighbor, set.key)) {
        reader.error(set.mark, "the name of a set cannot be that of a neighbor");
      }
    }
  };
  return type;
}

}  // namespace pipit::config
