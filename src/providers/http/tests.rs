mod answers;
mod bodies;
mod requests;
