"""The modules that come with HappyFace, a folder each; a plain file here is code that several of them share."""
