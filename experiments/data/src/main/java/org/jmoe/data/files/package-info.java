/** What data files are, by their bytes and names: kinds, folders, splits, compression. */
@NullMarked
package org.jmoe.data.files;

import org.jspecify.annotations.NullMarked;
