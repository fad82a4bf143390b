/** Detection of data files by content and name: kinds, folders, splits and compression. */
@NullMarked
package org.jmoe.data.files;

import org.jspecify.annotations.NullMarked;
