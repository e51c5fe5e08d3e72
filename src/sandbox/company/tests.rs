mod lists;
mod members;
