"""File suffixes of recordings and of other files, and the codes of languages."""

from __future__ import annotations

_RECORDINGS = """
.mp4 .m4v .mov .qt .webm .mkv .avi .mpg .mpeg .mpe .ts .mts .m2ts .3gp .3g2 .wmv .asf .flv .f4v
.ogv .ogg .oga .opus .mxf .vob .wav .mp3 .m4a .m4b .aac .flac .aif .aiff .aifc .wma .amr .caf
.mka .weba .dv .divx
"""
_OTHERS = """
.jpg .jpeg .png .gif .webp .heic .heif .bmp .tif .tiff .svg .ico .pdf .doc .docx .odt .rtf
.pages .md .htm .html .xml .log .ini .xls .xlsx .ods .ppt .pptx .key .zip .gz .7z .rar .tar
.part .crdownload .download .tmp .bak .yaml .yml .toml .db .lnk .url .md5 .sha1 .sha256 .sig .py
.sh .lrc .ass .ssa .sbv .sub .idx .ttml .dfxp .stl .scc .wts .ctm .rttm .textgrid .eaf .hog .npy
.npz .pkl .nfo .ds_store
"""
_ISO_639_1 = """
aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da
de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz
ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln
lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi
pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti
tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
"""

RECORDING_SUFFIXES = frozenset(_RECORDINGS.split())
OTHER_SUFFIXES = frozenset(_OTHERS.split())  # pictures, texts, archives, other subtitles
LANGUAGES = frozenset(_ISO_639_1.split())
