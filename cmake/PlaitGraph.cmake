# Who links whom, read back from the targets that plait_room() made: for the installed package and for
# the test of the floors, so that neither keeps a second list.
include_guard()

# plait_links_of(ROOM rooms packages): the rooms it links (net core ...) and everything else that it
# links (Boost::headers ...), each without what those link in turn.
function(plait_links_of room out_rooms out_others)
  set(links)
  foreach(property LINK_LIBRARIES INTERFACE_LINK_LIBRARIES)
    get_target_property(value plait_${room} ${property})
    if(value)
      list(APPEND links ${value})
    endif()
  endforeach()
  # What a static library links privately reaches those who link it this way.
  list(TRANSFORM links REPLACE "^\\$<LINK_ONLY:(.*)>$" "\\1")
  list(REMOVE_DUPLICATES links)
  set(rooms ${links})
  set(others ${links})
  list(FILTER rooms INCLUDE REGEX "^plait::")
  list(FILTER others EXCLUDE REGEX "^plait::")
  list(TRANSFORM rooms REPLACE "^plait::" "")
  set(${out_rooms} ${rooms} PARENT_SCOPE)
  set(${out_others} ${others} PARENT_SCOPE)
endfunction()

# plait_closure(OUT ROOM...): the rooms and all that they link, a room always behind those it links.
function(plait_closure out)
  set(closure)
  foreach(room IN LISTS ARGN)
    plait_links_of(${room} below others)
    plait_closure(rooms ${below})
    list(APPEND closure ${rooms} ${room})
  endforeach()
  # Keeps the first of each, so every room stays behind what it links.
  list(REMOVE_DUPLICATES closure)
  set(${out} ${closure} PARENT_SCOPE)
endfunction()
